import { describe, expect, test } from "vitest";
import { dag } from "./dag.ts";
import { setCronDataIntervals } from "./schedule.ts";
import { timetableHorizon } from "./runtime/timetable-horizon.ts";
import { task } from "./task.ts";
import { timetable } from "./timetable.ts";

const DAY_MS = 86_400_000;
const now = new Date("2026-03-04T12:00:00Z");

/** 06:00 UTC, Monday to Friday. */
const workingDays = timetable({
  name: "working days",
  *runs({ from, to }) {
    for (let day = Math.floor(from.getTime() / DAY_MS) * DAY_MS + 6 * 3_600_000; day < to.getTime(); day += DAY_MS) {
      const date = new Date(day);
      if (date >= from && date.getUTCDay() % 6 !== 0) yield date;
    }
  },
});

describe("timetables of authors (A2)", () => {
  test("are asked for what has passed last and for what is to come", () => {
    const { runs, until } = timetableHorizon(workingDays, { catchup: false }, now);
    expect(runs.slice(0, 4).map((run) => run.runAfter.slice(0, 10))).toEqual(["2026-03-04", "2026-03-05", "2026-03-06", "2026-03-09"]);
    expect(runs.length).toBeGreaterThan(250);
    expect(Date.parse(until ?? "")).toBeGreaterThan(now.getTime() + 380 * DAY_MS);
    const all = timetableHorizon(workingDays, { catchup: true, startDate: "2026-02-27T00:00:00.000Z" }, now).runs;
    expect(all.slice(0, 3).map((run) => run.runAfter.slice(0, 10))).toEqual(["2026-02-27", "2026-03-02", "2026-03-03"]);
  });

  test("very frequent ones are asked only as far as they are kept", () => {
    let given = 0;
    const everyMinute = timetable({
      name: "every minute",
      *runs({ from, to }) {
        for (let at = Math.ceil(from.getTime() / 60_000) * 60_000; at < to.getTime(); at += 60_000) {
          given += 1;
          yield new Date(at);
        }
      },
    });
    const { runs, until } = timetableHorizon(everyMinute, { catchup: false }, now);
    expect(runs).toHaveLength(501);
    expect(until).toBe(runs.at(-1)?.runAfter);
    expect(given).toBeLessThan(3_000);
  });

  test.each([
    ["a run outside of the range", () => [new Date(0)], /not in the range/],
    [
      "runs out of order",
      ({ from }: { from: Date }) => [new Date(from.getTime() + 5), new Date(from.getTime() + 1)],
      /twice, or after a later run/,
    ],
    ["no date", () => [new Date("never")], /no valid Date/],
    [
      "an interval that ends before it begins",
      ({ from }: { from: Date }) => [{ runAfter: from, dataInterval: { start: from, end: new Date(0) } }],
      /ends before it begins/,
    ],
  ])("refuse %s", (_name, runs, message) => {
    expect(() => timetableHorizon(timetable({ name: "wrong", runs }), { catchup: false }, now)).toThrow(message);
  });

  test("stand in the spec by name alone, so that equal DAGs have equal specs as time goes on", () => {
    const definition = dag({ id: "custom", schedule: workingDays }, () => void task("t", () => 1)());
    expect(definition.spec.schedule).toEqual({ kind: "custom", name: "working days" });
    expect(definition.timetable).toBe(workingDays);
  });
});

describe("schedules in the spec's words (A2)", () => {
  const scheduleOf = (schedule: Parameters<typeof dag>[0] extends infer Options ? Options : never) =>
    dag(schedule, () => undefined).spec.schedule;

  test("data intervals are said for a schedule, or by the installation's default", () => {
    expect(scheduleOf({ id: "a", schedule: { cron: "@daily", dataIntervals: true } })).toMatchObject({ kind: "cron", dataIntervals: true });
    expect(scheduleOf({ id: "b", schedule: "@daily" })).not.toHaveProperty("dataIntervals");
    setCronDataIntervals(true);
    try {
      expect(scheduleOf({ id: "c", schedule: "@daily" })).toHaveProperty("dataIntervals", true);
      expect(scheduleOf({ id: "d", schedule: { cron: ["@daily"], dataIntervals: false } })).not.toHaveProperty("dataIntervals");
    } finally {
      setCronDataIntervals(false);
    }
    expect(scheduleOf({ id: "e", schedule: { every: "1h", dataIntervals: true } })).toEqual({
      kind: "interval",
      everyMs: 3_600_000,
      dataIntervals: true,
    });
  });

  test("events are instants in the DAG's zone, each once, in order", () => {
    expect(
      scheduleOf({
        id: "f",
        timezone: "Europe/Moscow",
        schedule: { events: ["2026-06-12T09:00", "2026-05-01T09:00", "2026-05-01T09:00"] },
      }),
    ).toEqual({
      kind: "events",
      events: ["2026-05-01T06:00:00.000Z", "2026-06-12T06:00:00.000Z"],
    });
    expect(() => scheduleOf({ id: "g", schedule: { events: [] } })).toThrow(/there are no events/);
  });

  test("tasks have dates of their own", () => {
    const definition = dag(
      { id: "h", timezone: "Europe/Moscow" },
      () => void task({ id: "t", startDate: "2026-02-01", endDate: "2026-03-01" }, () => 1)(),
    );
    expect(definition.spec.tasks[0]).toMatchObject({ startDate: "2026-01-31T21:00:00.000Z", endDate: "2026-02-28T21:00:00.000Z" });
    expect(() => dag({ id: "i" }, () => void task({ id: "t", startDate: "2026-02-01", endDate: "2026-01-01" }, () => 1)())).toThrow(
      /before startDate/,
    );
  });
});
