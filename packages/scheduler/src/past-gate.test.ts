import { type AttemptId, brand, type DagRunKey } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import { dagSpec, taskSpec } from "./simulation/random-dag.ts";
import { SchedulerBench } from "./simulation/scheduler-bench.ts";

describe("tasks that depend on their past (A2, A3)", () => {
  const daily = { schedule: { kind: "cron", expressions: ["@daily"], timezone: "UTC" }, catchup: true } as const;
  /** Runs of 30 and 31 December and 1 January, all active at once; nothing is left to the poll. */
  async function threeDays(
    ...tasks: Parameters<typeof dagSpec>[1]
  ): Promise<{ readonly bench: SchedulerBench; readonly runs: readonly DagRunKey[] }> {
    const bench = new SchedulerBench({ pollMs: 10 * 86_400_000 });
    await bench.start(dagSpec("past", tasks, { ...daily, startDate: "2023-12-30T00:00:00Z" }));
    const runs = [...bench.store.state.runs.values()].toSorted((a, b) => Number(a.request.logicalDate) - Number(b.request.logicalDate));
    expect(runs).toHaveLength(3);
    return { bench, runs: runs.map((run) => run.runKey) };
  }
  const states = (bench: SchedulerBench, runs: readonly DagRunKey[], taskId: string) => runs.map((run) => bench.states(run)[taskId]);

  it("each run's task follows that of the run before, at once and in order; tasks without the flag do not wait", async () => {
    const { bench, runs } = await threeDays(taskSpec("free"), taskSpec("a", { dependsOnPast: true }));
    expect(states(bench, runs, "free")).toEqual(["queued", "queued", "queued"]);
    for (let day = 0; day < 3; day++) {
      const expected = ["none", "none", "none"].map((waiting, index) => (index < day ? "success" : index === day ? "queued" : waiting));
      expect(states(bench, runs, "a")).toEqual(expected);
      await bench.run("a");
      // One more than a task without the flag costs.
      if (day < 2) expect(bench.calls).toEqual(["loadTaskFactsOfRuns", "loadPastFacts", "runsWithUnfinishedTasks", "applySchedule"]);
    }
    expect(states(bench, runs, "a")).toEqual(["success", "success", "success"]);
  });

  it("a failure holds the next run; a skip lets it go on, also one that the scheduler decides itself", async () => {
    const { bench, runs } = await threeDays(
      taskSpec("gate"),
      taskSpec("a", { upstream: ["gate"], dependsOnPast: true }),
      taskSpec("end", { upstream: ["a"], triggerRule: "all_done" }),
    );
    const gates = bench.workloads.filter((workload) => workload.taskId === "gate").map((workload) => workload.attemptId);
    const finish = async (attemptId: AttemptId = brand("none"), kind: "success" | "skipped" = "success"): Promise<void> => {
      bench.store.claim(attemptId, bench.session);
      bench.store.finish(attemptId, { kind });
      await bench.settle();
    };
    await finish(gates[0]);
    await bench.run("a", "error");
    await bench.run("end");
    expect(bench.runState(runs[0])).toBe("success");
    await finish(gates[2]);
    expect(states(bench, runs, "a")).toEqual(["failed", "none", "none"]);
    await finish(gates[1], "skipped");
    // The scheduler's own decision about the second run must reach the third, too.
    expect(states(bench, runs, "a")).toEqual(["failed", "skipped", "queued"]);
  });

  it("what a failure holds goes on once a user has cleared the task and it succeeds", async () => {
    const { bench, runs } = await threeDays(taskSpec("a", { dependsOnPast: true }));
    await bench.run("a", "error");
    expect(states(bench, runs, "a")).toEqual(["failed", "none", "none"]);
    expect(runs.map((run) => bench.runState(run))).toEqual(["failed", "running", "running"]);
    if (runs[0] !== undefined) bench.store.clear(runs[0], ["a"]);
    await bench.settle();
    expect(states(bench, runs, "a")).toEqual(["queued", "none", "none"]);
    await bench.run("a");
    expect(states(bench, runs, "a")).toEqual(["success", "queued", "none"]);
  });

  it("waiting for the past is no deadlock, and a new leader goes on where the old one stood", async () => {
    const { bench, runs } = await threeDays(taskSpec("a", { dependsOnPast: true }));
    await bench.scheduler.stop();
    bench.store.claim(bench.workloads[0]?.attemptId ?? brand("none"), bench.session);
    bench.store.finish(bench.workloads[0]?.attemptId ?? brand("none"), { kind: "success" });
    void bench.scheduler.start();
    await bench.settle();
    expect(states(bench, runs, "a")).toEqual(["success", "queued", "none"]);
    await bench.run("a");
    expect(states(bench, runs, "a")).toEqual(["success", "success", "queued"]);
  });

  it("costs DAGs without the flag nothing", async () => {
    const bench = new SchedulerBench();
    await bench.start(dagSpec("chain", [taskSpec("a"), taskSpec("b", { upstream: ["a"] })]));
    bench.store.trigger("chain", "r1");
    await bench.pass(20_000);
    expect(bench.calls).not.toContain("loadPastFacts");
  });
});
