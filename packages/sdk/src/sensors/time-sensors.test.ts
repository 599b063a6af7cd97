import { describe, expect, test } from "vitest";
import { dag } from "../dag.ts";
import { TaskPause } from "../defer.ts";
import type { TaskContext } from "../task-context.ts";
import { createTestContext } from "../test-context.ts";
import { dateTimeSensor, timeDeltaSensor, timeSensor, waitSensor } from "./time-sensors.ts";

async function untilOf(describeTask: () => unknown, given: Partial<TaskContext>): Promise<unknown> {
  const definition = dag(`time_${Math.random().toString(36).slice(2)}`, describeTask as () => void);
  const [task] = definition.tasks.values();
  if (task === undefined) throw new Error("no task");
  try {
    return await task.execute({}, createTestContext(given).context, {});
  } catch (error) {
    if (!(error instanceof TaskPause) || error.outcome.kind !== "deferred" || error.outcome.trigger.kind !== "time") throw error;
    return { until: error.outcome.trigger.at };
  }
}

const at = (iso: string): Pick<TaskContext, "now"> => ({ now: () => new Date(iso) });

describe("time sensors (A5)", () => {
  test("a time of day in its zone, also on the day the clocks change", async () => {
    const berlin = () => timeSensor({ id: "t", time: "08:00", timezone: "Europe/Berlin" });
    expect(await untilOf(berlin, at("2026-01-10T03:00:00Z"))).toEqual({ until: "2026-01-10T07:00:00.000Z" });
    expect(await untilOf(berlin, at("2026-03-29T00:30:00Z"))).toEqual({ until: "2026-03-29T06:00:00.000Z" });
    expect(await untilOf(berlin, at("2026-01-10T07:00:00Z"))).toBe("2026-01-10T07:00:00.000Z");
    // past midnight there, still the day before in UTC
    expect(await untilOf(() => timeSensor({ id: "t", time: "01:00", timezone: "Asia/Tokyo" }), at("2026-01-10T15:30:00Z"))).toEqual({
      until: "2026-01-10T16:00:00.000Z",
    });
  });

  test("an instant, one computed from the run, a delta after the data interval, a while from now", async () => {
    const now = at("2026-01-10T00:00:00Z");
    expect(await untilOf(() => dateTimeSensor({ id: "t", until: "2026-01-11T06:00", timezone: "Europe/Moscow" }), now)).toEqual({
      until: "2026-01-11T03:00:00.000Z",
    });
    const fromRun = () => dateTimeSensor({ id: "t", until: (ctx) => new Date(ctx.runAfter.getTime() + 86_400_000 * 365) });
    expect(await untilOf(fromRun, now)).toEqual({ until: "2027-01-01T00:00:00.000Z" });
    const dataIntervalEnd = new Date("2026-01-10T00:00:00Z");
    expect(await untilOf(() => timeDeltaSensor({ id: "t", delta: "90m" }), { ...now, dataIntervalEnd })).toEqual({
      until: "2026-01-10T01:30:00.000Z",
    });
    expect(await untilOf(() => waitSensor({ id: "t", duration: "1h" }), now)).toEqual({ until: "2026-01-10T01:00:00.000Z" });
  });

  test("wrong times are refused where the DAG is described", () => {
    expect(() => dag("bad_time", () => void timeSensor({ id: "t", time: "25:00" }))).toThrow(/"25:00" is no time of day/);
    expect(() => dag("bad_date", () => void dateTimeSensor({ id: "t", until: "soon" }))).toThrow(/until: "soon" is no date/);
  });
});
