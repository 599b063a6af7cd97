import type { DagSpec } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import { dagSpec, taskSpec } from "./simulation/random-dag.ts";
import { SchedulerBench } from "./simulation/scheduler-bench.ts";

const MINUTE_MS = 60_000;
const NO_POLL = { pollMs: 100 * MINUTE_MS };

function everyMinute(...dagIds: readonly string[]): readonly DagSpec[] {
  return dagIds.map((dagId) =>
    dagSpec(dagId, [taskSpec("a")], {
      schedule: { kind: "cron", expressions: ["* * * * *"], timezone: "UTC" },
      startDate: "2024-01-01T00:00:30Z",
      maxActiveRuns: 100,
    }),
  );
}

function runsOf({ store }: SchedulerBench, dagId: string): readonly string[] {
  return store.state.runsOf(dagId).map((run) => run.request.runId.slice(11, 30));
}

describe("DAGs that are due at once (B5)", () => {
  it("a thousand runs are created, started and decided in a few transactions", async () => {
    const dags = everyMinute(...Array.from({ length: 1_000 }, (_, index) => `d${index}`));
    const bench = new SchedulerBench({ ...NO_POLL, parallelism: 2_000 });
    bench.store.state.pools.set("default_pool", { slots: -1, includeDeferred: false });
    await bench.start(...dags);
    bench.calls.length = 0;
    await bench.pass(MINUTE_MS);
    expect(bench.workloads).toHaveLength(1_000);
    expect(bench.calls.filter((call) => call === "advanceTimetables")).toHaveLength(2);
    expect(bench.calls.filter((call) => call === "applySchedule")).toHaveLength(2);
  });

  it("one that cannot be written falls out, alone and with a word, and is tried again by itself", async () => {
    const bench = new SchedulerBench(NO_POLL);
    await bench.start(...everyMinute("a", "b", "broken", "c", "d"));
    bench.store.state.unwritable.add("broken");
    await bench.pass(MINUTE_MS);
    expect(["a", "b", "broken", "c", "d"].map((dagId) => runsOf(bench, dagId).length)).toEqual([1, 1, 0, 1, 1]);
    expect(bench.errors).toEqual(["the run of a DAG cannot be created; the DAG is tried again by itself"]);
    const batches: number[] = [];
    bench.overrides.advanceTimetables = (term, steps) => {
      batches.push(steps.length);
      return bench.store.scheduler.advanceTimetables(term, steps);
    };
    await bench.pass(MINUTE_MS);
    expect(Math.max(...batches)).toBe(4);
    expect(batches.filter((size) => size > 1)).toHaveLength(1);
    expect(batches.length).toBeLessThan(20);
    bench.store.state.unwritable.clear();
    await bench.pass(MINUTE_MS);
    expect(runsOf(bench, "broken")).toContain("2024-01-01T00:02:00");
    expect(bench.errors).toHaveLength(1);
  });

  it("one that somebody else holds is asked for ever less often, and the others are punctual (Airflow #70614)", async () => {
    const bench = new SchedulerBench(NO_POLL);
    await bench.start(...everyMinute("free", "held"));
    bench.store.state.held.add("held");
    await bench.pass(MINUTE_MS);
    bench.calls.length = 0;
    await bench.pass(MINUTE_MS);
    expect(runsOf(bench, "free")).toEqual(["2024-01-01T00:01:00", "2024-01-01T00:02:00"]);
    const created = bench.store.state.runsOf("free").map((run) => run.startDate?.getTime());
    expect(created).toEqual([bench.time.nowMs - MINUTE_MS, bench.time.nowMs]);
    expect(bench.calls.filter((call) => call === "advanceTimetables").length).toBeLessThan(100);
    bench.store.state.held.clear();
    await bench.pass(2_000);
    expect(runsOf(bench, "held")).toHaveLength(1);
  });

  it("a continuous DAG whose run goes on hides the next instant of no other (B13)", async () => {
    const bench = new SchedulerBench(NO_POLL);
    await bench.start(dagSpec("on", [taskSpec("a")], { schedule: { kind: "continuous" } }), ...everyMinute("cron"));
    await bench.pass(MINUTE_MS + 500);
    expect(bench.store.state.runsOf("cron").map((run) => run.startDate?.getTime())).toEqual([bench.time.nowMs - 500]);
    expect(bench.calls.filter((call) => call === "listDueDags").length).toBeLessThan(10);
  });
});
