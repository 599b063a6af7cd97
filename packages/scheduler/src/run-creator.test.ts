import { describe, expect, it } from "vitest";
import { dagSpec, taskSpec } from "./simulation/random-dag.ts";
import { SchedulerBench } from "./simulation/scheduler-bench.ts";

describe("timetables (A2)", () => {
  it("creates a run at its very instant", async () => {
    const bench = new SchedulerBench();
    await bench.start(dagSpec("cron", [taskSpec("a")], { schedule: { kind: "cron", expressions: ["5 0 * * *"], timezone: "UTC" } }));
    await bench.pass(5 * 60_000 - 1);
    expect(bench.workloads).toHaveLength(0);
    await bench.pass(1);
    expect(bench.workloads.map((workload) => workload.runId)).toEqual(["scheduled__2024-01-01T00:05:00+00:00"]);
  });

  it("a schedule that is edited while it is asked gives no run of the old timetable, and the new one is asked at once", async () => {
    const bench = new SchedulerBench({ pollMs: 600_000 });
    const daily = { schedule: { kind: "cron", expressions: ["0 0 * * *"], timezone: "UTC" } } as const;
    bench.overrides.advanceTimetables = (term, steps) => {
      delete bench.overrides.advanceTimetables;
      bench.store.addDag(dagSpec("d", [taskSpec("a")], { schedule: { kind: "cron", expressions: ["5 0 * * *"], timezone: "UTC" } }));
      return bench.store.scheduler.advanceTimetables(term, steps);
    };
    await bench.start(dagSpec("d", [taskSpec("a")], daily));
    expect(bench.workloads).toEqual([]);
    await bench.pass(5 * 60_000);
    expect(bench.workloads.map((workload) => workload.runId)).toEqual(["scheduled__2024-01-01T00:05:00+00:00"]);
  });

  it("catches up run after run, never more than may be active (Airflow #56646 overran)", async () => {
    const bench = new SchedulerBench();
    const schedule = { kind: "cron", expressions: ["@daily"], timezone: "UTC" } as const;
    await bench.start(dagSpec("late", [taskSpec("a")], { schedule, catchup: true, startDate: "2023-12-30T00:00:00Z", maxActiveRuns: 1 }));
    for (let run = 1; run <= 3; run++) {
      expect(bench.workloads).toHaveLength(run);
      await bench.run("a");
    }
    expect(bench.workloads.map((workload) => workload.runId.slice(11, 21))).toEqual(["2023-12-30", "2023-12-31", "2024-01-01"]);
  });

  it("steps over dates that a person or a backfill was at already, and leaves none out (A2)", async () => {
    const bench = new SchedulerBench();
    const schedule = { kind: "cron", expressions: ["@daily"], timezone: "UTC" } as const;
    const spec = dagSpec("d", [taskSpec("a")], { schedule, catchup: true, startDate: "2023-12-29T00:00:00Z", maxActiveRuns: 1 });
    bench.store.addDag(spec);
    for (const [runType, date] of [
      ["manual", "2023-12-30T00:00:00Z"],
      ["backfill", "2024-01-01T00:00:00Z"],
    ] as const)
      bench.store.trigger("d", `${runType}__1`, { runType, logicalDate: new Date(date) });
    await bench.start();
    for (let run = 1; run <= 4; run++) await bench.run("a");
    expect(bench.workloads.map((workload) => workload.runId.slice(0, 21)).toSorted()).toEqual([
      "backfill__1",
      "manual__1",
      "scheduled__2023-12-29",
      "scheduled__2023-12-31",
    ]);
  });

  it("continuous runs follow one another, one at a time", async () => {
    const bench = new SchedulerBench();
    await bench.start(dagSpec("on", [taskSpec("a")], { schedule: { kind: "continuous" } }));
    for (let run = 1; run <= 3; run++) {
      expect(bench.workloads).toHaveLength(run);
      await bench.pass(1_000);
      await bench.run("a");
    }
  });
});
