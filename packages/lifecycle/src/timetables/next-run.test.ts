import { isPolyflowError, type ScheduleSpec } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import { describeSchedule } from "./describe-schedule.ts";
import { nextRun, upcomingRuns } from "./next-run.ts";
import type { NextRun, TimetableFacts } from "./timetable-facts.ts";
import { validateSchedule } from "./validate-schedule.ts";

const daily: ScheduleSpec = { kind: "cron", expressions: ["@daily"], timezone: "UTC" };
const fiveMinutes: ScheduleSpec = { kind: "interval", everyMs: 300_000 };

function at(iso: string): Date {
  return new Date(iso);
}

function ran(iso: string): NextRun {
  return { logicalDate: at(iso), dataIntervalStart: at(iso), dataIntervalEnd: at(iso), runAfter: at(iso) };
}

function facts(given: Partial<TimetableFacts> = {}): TimetableFacts {
  return { lastAutomatedRun: null, startDate: null, endDate: null, catchup: false, ...given };
}

function runAfter(schedule: ScheduleSpec, given: Partial<TimetableFacts>, now: string): string | undefined {
  return nextRun(schedule, facts(given), at(now))?.runAfter.toISOString();
}

describe("cron timetable (A2, Airflow 3 trigger semantics)", () => {
  it("logical date, data interval and run time are one instant", () => {
    expect(nextRun(daily, facts({ startDate: at("2024-01-05T00:00Z") }), at("2024-01-01T12:00Z"))).toEqual(ran("2024-01-05T00:00Z"));
  });

  it.each([
    [
      "catchup starts at the start date",
      { catchup: true, startDate: at("2024-01-01T06:00Z") },
      "2024-03-01T12:00Z",
      "2024-01-02T00:00:00.000Z",
    ],
    [
      "catchup goes on after the last run",
      { catchup: true, startDate: at("2024-01-01T00:00Z"), lastAutomatedRun: ran("2024-01-07T00:00Z") },
      "2024-03-01T12:00Z",
      "2024-01-08T00:00:00.000Z",
    ],
    ["without catchup the newest slot is taken", { startDate: at("2024-01-01T00:00Z") }, "2024-03-01T12:00Z", "2024-03-01T00:00:00.000Z"],
    [
      "without catchup missed slots are left out",
      { lastAutomatedRun: ran("2024-02-01T00:00Z") },
      "2024-03-01T12:00Z",
      "2024-03-01T00:00:00.000Z",
    ],
    [
      "without catchup nothing is run twice",
      { lastAutomatedRun: ran("2024-03-01T00:00Z") },
      "2024-03-01T12:00Z",
      "2024-03-02T00:00:00.000Z",
    ],
    ["no start date: the first run is to come", {}, "2024-03-01T12:00Z", "2024-03-02T00:00:00.000Z"],
    ["no start date: a slot that has just passed is taken", {}, "2024-03-01T02:00Z", "2024-03-01T00:00:00.000Z"],
    [
      "no start date: the plan holds although its slot passed long ago",
      { plannedRun: ran("2024-03-01T00:00Z") },
      "2024-03-01T12:00Z",
      "2024-03-01T00:00:00.000Z",
    ],
    [
      "no start date: a plan of a former schedule does not hold",
      { plannedRun: ran("2024-03-01T00:07Z") },
      "2024-03-01T12:00Z",
      "2024-03-02T00:00:00.000Z",
    ],
    [
      "the start date may move beyond the last run",
      { startDate: at("2024-06-01T00:00Z"), lastAutomatedRun: ran("2024-03-01T00:00Z"), catchup: true },
      "2024-03-01T12:00Z",
      "2024-06-01T00:00:00.000Z",
    ],
    [
      "the end date is inclusive",
      { endDate: at("2024-03-02T00:00Z"), lastAutomatedRun: ran("2024-03-01T00:00Z") },
      "2024-03-01T12:00Z",
      "2024-03-02T00:00:00.000Z",
    ],
    [
      "after the end date there is nothing",
      { endDate: at("2024-03-01T23:59Z"), lastAutomatedRun: ran("2024-03-01T00:00Z") },
      "2024-03-01T12:00Z",
      undefined,
    ],
  ])("%s", (_name, given: Partial<TimetableFacts>, now: string, expected: string | undefined) => {
    expect(runAfter(daily, given, now)).toBe(expected);
  });

  it("several expressions: the earliest to come, or without catchup the newest that passed", () => {
    const both: ScheduleSpec = { kind: "cron", expressions: ["0 6 * * *", "0 18 * * MON"], timezone: "Europe/Moscow" };
    const given = facts({ startDate: at("2024-01-01T00:00Z"), catchup: true });
    // Monday, 1 January 2024; Moscow is three hours ahead.
    expect(upcomingRuns(both, given, at("2024-01-01T00:00Z"), 3).map((run) => run.runAfter.toISOString())).toEqual([
      "2024-01-01T03:00:00.000Z",
      "2024-01-01T15:00:00.000Z",
      "2024-01-02T03:00:00.000Z",
    ]);
    expect(runAfter(both, { startDate: at("2024-01-01T00:00Z") }, "2024-01-01T20:00Z")).toBe("2024-01-01T15:00:00.000Z");
  });

  it("impossible dates give no run", () => {
    expect(
      nextRun({ kind: "cron", expressions: ["0 0 30 2 *"], timezone: "Europe/Berlin" }, facts(), at("2024-01-01T00:00Z")),
    ).toBeUndefined();
  });
});

describe("interval timetable", () => {
  it.each([
    ["first run without start date is now", {}, "2024-01-01T00:02Z", "2024-01-01T00:02:00.000Z"],
    [
      "the planned first run stays where it is",
      { plannedRun: ran("2024-01-01T00:02Z") },
      "2024-01-01T00:02:30Z",
      "2024-01-01T00:02:00.000Z",
    ],
    ["follows the last run", { lastAutomatedRun: ran("2024-01-01T00:02Z") }, "2024-01-01T00:03Z", "2024-01-01T00:07:00.000Z"],
    [
      "keeps its phase when it leaves slots out",
      { lastAutomatedRun: ran("2024-01-01T00:02Z") },
      "2024-01-01T01:00Z",
      "2024-01-01T00:57:00.000Z",
    ],
    [
      "catchup leaves none out",
      { lastAutomatedRun: ran("2024-01-01T00:02Z"), catchup: true },
      "2024-01-01T01:00Z",
      "2024-01-01T00:07:00.000Z",
    ],
    [
      "catchup starts at the start date",
      { startDate: at("2023-01-01T00:00Z"), catchup: true },
      "2024-01-01T01:00Z",
      "2023-01-01T00:00:00.000Z",
    ],
    ["without catchup counts from the start date", { startDate: at("2023-01-01T00:01Z") }, "2024-01-01T01:00Z", "2024-01-01T00:56:00.000Z"],
  ])("%s", (_name, given: Partial<TimetableFacts>, now: string, expected: string) => {
    expect(runAfter(fiveMinutes, given, now)).toBe(expected);
  });
});

describe("once, continuous, none", () => {
  it("once runs at the start date whatever catchup says, and never again", () => {
    expect(runAfter({ kind: "once" }, { startDate: at("2023-01-01T00:00Z") }, "2024-01-01T00:00Z")).toBe("2023-01-01T00:00:00.000Z");
    expect(runAfter({ kind: "once" }, {}, "2024-01-01T00:00Z")).toBe("2024-01-01T00:00:00.000Z");
    expect(runAfter({ kind: "once" }, { lastAutomatedRun: ran("2023-01-01T00:00Z") }, "2024-01-01T00:00Z")).toBeUndefined();
  });

  it("continuous covers the time since the last run", () => {
    const last = nextRun({ kind: "continuous" }, facts({ startDate: at("2024-01-01T00:00Z") }), at("2024-01-02T00:00Z"));
    expect(last?.logicalDate.toISOString()).toBe("2024-01-01T00:00:00.000Z");
    const next = nextRun({ kind: "continuous" }, facts({ lastAutomatedRun: last ?? null }), at("2024-01-02T01:00Z"));
    expect(next?.dataIntervalStart.toISOString()).toBe("2024-01-02T00:00:00.000Z");
    expect(next?.runAfter.toISOString()).toBe("2024-01-02T01:00:00.000Z");
  });

  it("continuous gives each run a logical date of its own even without start date", () => {
    const first = nextRun({ kind: "continuous" }, facts(), at("2024-01-01T00:00Z"));
    const second = nextRun({ kind: "continuous" }, facts({ lastAutomatedRun: first ?? null }), at("2024-01-01T00:00Z"));
    expect(second?.logicalDate.getTime()).toBeGreaterThan(first?.logicalDate.getTime() ?? Number.POSITIVE_INFINITY);
  });

  it("none never runs by itself", () => {
    expect(nextRun({ kind: "none" }, facts(), at("2024-01-01T00:00Z"))).toBeUndefined();
    expect(upcomingRuns({ kind: "none" }, facts(), at("2024-01-01T00:00Z"), 5)).toEqual([]);
  });
});

describe("describeSchedule", () => {
  it.each<[ScheduleSpec, string | null]>([
    [{ kind: "none" }, null],
    [{ kind: "once" }, "@once"],
    [{ kind: "continuous" }, "@continuous"],
    [daily, "@daily"],
    [{ kind: "cron", expressions: ["0 6 * * *", " 0 18 * * * "], timezone: "UTC" }, "0 6 * * * | 0 18 * * *"],
    [fiveMinutes, "every 5m"],
    [{ kind: "interval", everyMs: 90_061_500 }, "every 1d 1h 1m 1s 500ms"],
  ])("%j is %s", (schedule, expected) => {
    expect(describeSchedule(schedule)).toBe(expected);
  });
});

describe("validateSchedule", () => {
  it.each<[ScheduleSpec, string]>([
    [{ kind: "cron", expressions: [], timezone: "UTC" }, "no expression"],
    [{ kind: "cron", expressions: ["0 0 31 4,6 *"], timezone: "UTC" }, '"0 0 31 4,6 *": no date ever matches'],
    [{ kind: "cron", expressions: ["0 0 * * *"], timezone: "Europe/Petersburg" }, 'Time zone "Europe/Petersburg"'],
    [{ kind: "interval", everyMs: 0 }, "interval of 0 ms"],
    [{ kind: "interval", everyMs: Number.NaN }, "interval of NaN ms"],
  ])("refuses %j", (schedule, message) => {
    let caught: unknown;
    try {
      validateSchedule(schedule);
    } catch (error) {
      caught = error;
    }
    expect(isPolyflowError(caught, "dag_invalid")).toBe(true);
    expect(String(caught)).toContain(message);
  });

  it("accepts what can work", () => {
    for (const schedule of [daily, fiveMinutes, { kind: "none" } as const]) expect(() => validateSchedule(schedule)).not.toThrow();
  });
});
