import type { ScheduleSpec } from "@polyflow/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { slotsOf } from "./compiled-slots.ts";
import { manualInterval } from "./manual-interval.ts";
import { nextRun, upcomingRuns } from "./next-run.ts";
import type { NextRun, TimetableFacts } from "./timetable-facts.ts";

const daily: ScheduleSpec = { kind: "cron", expressions: ["0 0 * * *"], timezone: "UTC", dataIntervals: true };
const hourly: ScheduleSpec = { kind: "interval", everyMs: 3_600_000, dataIntervals: true };
const at = (iso: string): Date => new Date(iso);

function facts(given: Partial<TimetableFacts> = {}): TimetableFacts {
  return { lastAutomatedRun: null, startDate: null, endDate: null, catchup: false, ...given };
}

function shown(run: NextRun | undefined): string | undefined {
  if (run === undefined) return undefined;
  expect(run.logicalDate).toEqual(run.dataIntervalStart);
  expect(run.runAfter).toEqual(run.dataIntervalEnd);
  return `${run.dataIntervalStart.toISOString().slice(0, 16)} to ${run.dataIntervalEnd.toISOString().slice(0, 16)}`;
}

function covering(start: string, end: string): NextRun {
  return { logicalDate: at(start), dataIntervalStart: at(start), dataIntervalEnd: at(end), runAfter: at(end) };
}

describe("cron schedules for data intervals (A2, Airflow 2 semantics)", () => {
  it.each<[string, Partial<TimetableFacts>, string, string | undefined]>([
    [
      "catchup begins with the first slot from the start date on",
      { catchup: true, startDate: at("2024-01-01T06:00Z") },
      "2024-03-01T12:00Z",
      "2024-01-02T00:00 to 2024-01-03T00:00",
    ],
    [
      "catchup goes on where the last run ended",
      { catchup: true, startDate: at("2024-01-01T00:00Z"), lastAutomatedRun: covering("2024-01-04T00:00Z", "2024-01-05T00:00Z") },
      "2024-03-01T12:00Z",
      "2024-01-05T00:00 to 2024-01-06T00:00",
    ],
    [
      "without catchup the newest complete interval",
      { startDate: at("2024-01-01T00:00Z") },
      "2024-03-01T12:00Z",
      "2024-02-29T00:00 to 2024-03-01T00:00",
    ],
    [
      "an interval that ends right now is complete",
      { startDate: at("2024-01-01T00:00Z") },
      "2024-03-01T00:00Z",
      "2024-02-29T00:00 to 2024-03-01T00:00",
    ],
    [
      "the newest complete interval is not run twice",
      { startDate: at("2024-01-01T00:00Z"), lastAutomatedRun: covering("2024-02-29T00:00Z", "2024-03-01T00:00Z") },
      "2024-03-01T12:00Z",
      "2024-03-01T00:00 to 2024-03-02T00:00",
    ],
    ["a start date to come", { startDate: at("2024-06-01T06:00Z") }, "2024-03-01T12:00Z", "2024-06-02T00:00 to 2024-06-03T00:00"],
    ["without start date the interval that is under way", {}, "2024-03-01T12:00Z", "2024-03-01T00:00 to 2024-03-02T00:00"],
    [
      "which stays the first one when it has ended",
      { plannedRun: covering("2024-03-01T00:00Z", "2024-03-02T00:00Z") },
      "2024-03-02T00:01Z",
      "2024-03-01T00:00 to 2024-03-02T00:00",
    ],
    [
      "nothing begins after the end date",
      {
        startDate: at("2024-01-01T00:00Z"),
        endDate: at("2024-02-01T00:00Z"),
        lastAutomatedRun: covering("2024-02-01T00:00Z", "2024-02-02T00:00Z"),
      },
      "2024-02-03T00:00Z",
      undefined,
    ],
  ])("%s", (_name, given, now, expected) => {
    expect(shown(nextRun(daily, facts(given), at(now)))).toBe(expected);
  });

  it("several expressions cut time together", () => {
    const schedule: ScheduleSpec = { kind: "cron", expressions: ["0 12 * * *", "0 0 * * *"], timezone: "UTC", dataIntervals: true };
    expect(shown(nextRun(schedule, facts({ startDate: at("2024-01-01T00:00Z") }), at("2024-01-05T13:00Z")))).toBe(
      "2024-01-05T00:00 to 2024-01-05T12:00",
    );
  });

  const ZONES = [
    "Europe/Brussels",
    "America/Toronto",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Havana",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
  ];
  const EXPRESSIONS = ["0 * * * *", "30 2 * * *", "0 0 * * *", "0 9,10 * * *", "0,15,30,45 6-22 * * *", "0 3 * * 0", "20 */4 * * *"];

  it("intervals lie side by side without a gap, in all zones, over all clock changes, and equal the slots (property)", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...EXPRESSIONS),
        fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2035, 0, 1) }),
        (timezone, expression, start) => {
          const schedule: ScheduleSpec = { kind: "cron", expressions: [expression], timezone, dataIntervals: true };
          const runs = upcomingRuns(schedule, facts({ catchup: true, startDate: new Date(start) }), new Date(start), 40);
          const slots = slotsOf([expression], timezone);
          let expected = slots.next(start - 1);
          for (const run of runs) {
            expect(run.dataIntervalStart.getTime()).toBe(expected);
            expected = slots.next(expected ?? 0);
            expect(run.dataIntervalEnd.getTime()).toBe(expected);
          }
          expect(runs).toHaveLength(40);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("without catchup, whenever one looks, the interval is complete or the first, and none is newer (property)", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...EXPRESSIONS),
        fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2035, 0, 1) }),
        (timezone, expression, now) => {
          const schedule: ScheduleSpec = { kind: "cron", expressions: [expression], timezone, dataIntervals: true };
          const run = nextRun(schedule, facts({ startDate: new Date(Date.UTC(2014, 0, 1)) }), new Date(now));
          const slots = slotsOf([expression], timezone);
          expect(run?.dataIntervalEnd.getTime()).toBeLessThanOrEqual(now);
          expect(slots.next(run?.dataIntervalEnd.getTime() ?? 0)).toBeGreaterThan(now);
          expect(slots.next(run?.dataIntervalStart.getTime() ?? 0)).toBe(run?.dataIntervalEnd.getTime());
        },
      ),
      { numRuns: 300 },
    );
  });

  it("0,15,30,45 6-22 Brussels: the next run never goes backwards over the change (Airflow #35445)", () => {
    const schedule: ScheduleSpec = {
      kind: "cron",
      expressions: ["0,15,30,45 6-22 * * *"],
      timezone: "Europe/Brussels",
      dataIntervals: true,
    };
    let last: NextRun | null = covering("2023-10-27T20:30Z", "2023-10-27T20:45Z");
    for (let step = 0; step < 400; step++) {
      const run: NextRun | undefined = nextRun(
        schedule,
        facts({ startDate: at("2023-01-01T00:00Z"), lastAutomatedRun: last }),
        last.runAfter,
      );
      if (run === undefined) throw new Error("no run");
      expect(run.runAfter.getTime()).toBeGreaterThan(last.runAfter.getTime());
      expect(run.dataIntervalStart.getTime()).toBeGreaterThanOrEqual(last.dataIntervalEnd.getTime());
      last = run;
    }
  });
});

describe("intervals of one length (A2)", () => {
  it.each<[string, Partial<TimetableFacts>, string, string]>([
    [
      "catchup begins at the start date, wherever it lies",
      { catchup: true, startDate: at("2024-01-01T00:20Z") },
      "2024-01-05T00:00Z",
      "2024-01-01T00:20 to 2024-01-01T01:20",
    ],
    [
      "without catchup the newest complete one",
      { startDate: at("2024-01-01T00:20Z") },
      "2024-01-05T00:30Z",
      "2024-01-04T23:00 to 2024-01-05T00:00",
    ],
    [
      "goes on where the last one ended",
      { startDate: at("2024-01-01T00:00Z"), lastAutomatedRun: covering("2024-01-05T00:00Z", "2024-01-05T01:00Z") },
      "2024-01-05T01:10Z",
      "2024-01-05T01:00 to 2024-01-05T02:00",
    ],
    ["without start date the one under way", {}, "2024-01-05T00:30Z", "2024-01-05T00:00 to 2024-01-05T01:00"],
  ])("%s", (_name, given, now, expected) => {
    expect(shown(nextRun(hourly, facts(given), at(now)))).toBe(expected);
  });
});

describe("events (A2)", () => {
  const events: ScheduleSpec = {
    kind: "events",
    events: ["2024-05-01T09:00:00.000Z", "2024-06-12T09:00:00.000Z", "2024-07-04T09:00:00.000Z"],
  };
  const next = (given: Partial<TimetableFacts>, now: string) => nextRun(events, facts(given), at(now))?.runAfter.toISOString().slice(0, 10);

  it("come one after another; what passed unheard of is dropped, unless it is to be made up for or was planned", () => {
    expect(next({}, "2024-01-01T00:00Z")).toBe("2024-05-01");
    expect(next({}, "2024-05-02T00:00Z")).toBe("2024-06-12");
    const planned = covering("2024-05-01T09:00Z", "2024-05-01T09:00Z");
    expect(next({ plannedRun: planned }, "2024-05-01T09:00:01Z")).toBe("2024-05-01");
    expect(next({ catchup: true }, "2024-08-01T00:00Z")).toBe("2024-05-01");
    expect(next({ lastAutomatedRun: covering("2024-06-12T09:00Z", "2024-06-12T09:00Z") }, "2024-06-12T10:00Z")).toBe("2024-07-04");
    expect(next({ lastAutomatedRun: covering("2024-07-04T09:00Z", "2024-07-04T09:00Z") }, "2024-07-05T00:00Z")).toBeUndefined();
    expect(next({ startDate: at("2024-06-01T00:00Z") }, "2024-01-01T00:00Z")).toBe("2024-06-12");
  });
});

describe("timetables of authors (A2)", () => {
  const run = (iso: string): NextRun => covering(iso, iso);
  const horizon = { runs: ["2024-01-01T06:00Z", "2024-01-03T06:00Z", "2024-01-04T06:00Z"].map(run), until: null };
  const next = (given: Partial<TimetableFacts>, now: string) =>
    nextRun({ kind: "custom", name: "working days" }, facts({ horizon, ...given }), at(now))
      ?.runAfter.toISOString()
      .slice(0, 10);

  it("decide by what they list", () => {
    expect(next({ startDate: at("2023-01-01T00:00Z") }, "2024-01-03T12:00Z")).toBe("2024-01-03");
    expect(next({ startDate: at("2023-01-01T00:00Z"), catchup: true }, "2024-01-03T12:00Z")).toBe("2024-01-01");
    expect(next({ lastAutomatedRun: run("2024-01-03T06:00Z") }, "2024-01-03T12:00Z")).toBe("2024-01-04");
    expect(next({}, "2024-01-03T06:01Z")).toBe("2024-01-03");
    expect(next({}, "2024-01-03T18:00Z")).toBe("2024-01-04");
    expect(next({ lastAutomatedRun: run("2024-01-04T06:00Z") }, "2024-01-05T00:00Z")).toBeUndefined();
    expect(next({ horizon: null }, "2024-01-05T00:00Z")).toBeUndefined();
  });
});

describe("the data interval of a run by hand", () => {
  const interval = (schedule: ScheduleSpec, iso: string): string => {
    const { start, end } = manualInterval(schedule, at(iso));
    return `${start.toISOString().slice(0, 16)} to ${end.toISOString().slice(0, 16)}`;
  };

  it("is the newest complete one where a schedule has intervals, a moment otherwise", () => {
    expect(interval(daily, "2024-01-05T10:00Z")).toBe("2024-01-04T00:00 to 2024-01-05T00:00");
    expect(interval(hourly, "2024-01-05T10:20Z")).toBe("2024-01-05T09:20 to 2024-01-05T10:20");
    expect(interval({ kind: "cron", expressions: ["0 0 * * *"], timezone: "UTC" }, "2024-01-05T10:00Z")).toBe(
      "2024-01-05T10:00 to 2024-01-05T10:00",
    );
    const restricted: ScheduleSpec = { kind: "events", events: ["2024-01-01T00:00:00.000Z", "2024-02-01T00:00:00.000Z"], restrict: true };
    expect(interval(restricted, "2024-01-05T10:00Z")).toBe("2024-01-01T00:00 to 2024-01-01T00:00");
    expect(interval({ kind: "none" }, "2024-01-05T10:00Z")).toBe("2024-01-05T10:00 to 2024-01-05T10:00");
  });
});
