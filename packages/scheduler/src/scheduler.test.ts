import { brand, type DagVersionId, PolyflowError } from "@polyflow/contracts";
import type { DueDag } from "@polyflow/store";
import { describe, expect, it } from "vitest";
import { dagSpec, taskSpec } from "./simulation/random-dag.ts";
import { SchedulerBench } from "./simulation/scheduler-bench.ts";

const chain = dagSpec("chain", [taskSpec("a"), taskSpec("b", { upstream: ["a"] }), taskSpec("c", { upstream: ["b"] })]);

describe("hand-off", () => {
  it("takes two round trips from the end of a task to its successor's being queued, and three to the end of the run", async () => {
    const bench = new SchedulerBench();
    await bench.start(chain);
    const run = bench.store.trigger("chain", "r1");
    await bench.settle();
    await bench.run("a");
    expect(bench.calls).toEqual(["loadTaskFactsOfRuns", "applySchedule"]);
    expect(bench.workloads.at(-1)?.taskId).toBe("b");
    await bench.run("b");
    await bench.run("c");
    expect(bench.calls.slice(0, 3)).toEqual(["runsWithUnfinishedTasks", "loadTaskFactsOfRuns", "applySchedule"]);
    expect(bench.runState(run)).toBe("success");
  });

  it("asks only for the neighbours of what ended, however large the DAG is (B5)", async () => {
    const wide = Array.from({ length: 2_000 }, (_, index) => taskSpec(`x${index}`));
    const bench = new SchedulerBench({ parallelism: 5_000 });
    await bench.start(dagSpec("wide", [...wide, taskSpec("y", { upstream: ["x7"] })], { maxActiveTasks: 5_000 }));
    bench.store.trigger("wide", "r1");
    await bench.settle();
    await bench.run("x7");
    expect(bench.factRequests).toEqual([{ runKey: expect.anything(), taskIds: ["y", "x7"] }]);
  });

  it("does not read a wide join again for each task that it waits for (B2)", async () => {
    const bench = new SchedulerBench({ parallelism: 5_000 });
    const wide = Array.from({ length: 120 }, (_, index) => taskSpec(`x${index}`));
    await bench.start(
      dagSpec("join", [...wide, taskSpec("y", { upstream: wide.map((task) => task.taskId).toSorted() })], { maxActiveTasks: 5_000 }),
    );
    const run = bench.store.trigger("join", "r1");
    await bench.settle();
    for (const { attemptId } of bench.workloads) bench.store.claim(attemptId, bench.session);
    await bench.settle();
    bench.factRequests.length = 0;
    for (const { attemptId } of bench.workloads.slice(0, 120)) {
      bench.store.finish(attemptId, { kind: "success" });
      await bench.settle();
    }
    expect(bench.states(run)["y"]).toBe("queued");
    expect(bench.factRequests.length).toBeLessThan(5);
  });

  it("decides completions that come together in one batch", async () => {
    const bench = new SchedulerBench();
    await bench.start(chain);
    for (const runId of ["r1", "r2", "r3"]) bench.store.trigger("chain", runId);
    await bench.settle();
    const attempts = bench.workloads.map((workload) => workload.attemptId);
    for (const attemptId of attempts) bench.store.claim(attemptId, bench.session);
    await bench.settle();
    bench.calls.length = 0;
    for (const attemptId of attempts) bench.store.finish(attemptId, { kind: "success" });
    await bench.settle();
    expect(bench.calls).toEqual(["loadTaskFactsOfRuns", "applySchedule"]);
    expect(bench.workloads.slice(3).map((workload) => workload.taskId)).toEqual(["b", "b", "b"]);
  });

  it("fills a slot that becomes free with a task that had waited for it, of whatever run", async () => {
    const bench = new SchedulerBench({ parallelism: 1 });
    await bench.start(dagSpec("one", [taskSpec("a")]));
    bench.store.trigger("one", "r1");
    bench.store.trigger("one", "r2");
    await bench.settle();
    expect(bench.workloads).toHaveLength(1);
    await bench.run("a");
    expect(bench.workloads).toHaveLength(2);
  });
});

describe("decisions", () => {
  it("carries a failure through the rest of the run and ends it (I19)", async () => {
    const bench = new SchedulerBench();
    await bench.start(chain);
    const run = bench.store.trigger("chain", "r1");
    await bench.settle();
    await bench.run("a", "fatal");
    expect(bench.states(run)).toEqual({ a: "failed", b: "upstream_failed", c: "upstream_failed" });
    expect(bench.runState(run)).toBe("failed");
  });

  it("fail-fast: the first failure ends what runs and what waits (A3)", async () => {
    const bench = new SchedulerBench();
    await bench.start(dagSpec("ff", [taskSpec("a"), taskSpec("b"), taskSpec("c", { upstream: ["b"] })], { failFast: true }));
    const run = bench.store.trigger("ff", "r1");
    await bench.settle();
    const attemptOfB = bench.workloads.find((workload) => workload.taskId === "b")?.attemptId ?? brand("none");
    bench.store.claim(attemptOfB, bench.session);
    await bench.run("a", "fatal");
    expect(bench.states(run)).toEqual({ a: "failed", b: "failed", c: "skipped" });
    expect(bench.runState(run)).toBe("failed");
    expect(bench.store.finish(attemptOfB, { kind: "success" })).toBe(false);
  });

  it("a fail-fast run ends at once although a task went to wait for its retry while it was being ended (A3)", async () => {
    const bench = new SchedulerBench({ pollMs: 600_000 });
    await bench.start(dagSpec("ff", [taskSpec("a"), taskSpec("b", { retries: 1 })], { failFast: true }));
    const run = bench.store.trigger("ff", "r1");
    await bench.settle();
    const attemptOfB = bench.workloads.find((workload) => workload.taskId === "b")?.attemptId ?? brand("none");
    bench.store.claim(attemptOfB, bench.session);
    bench.overrides.applySchedule = (...values) => {
      delete bench.overrides.applySchedule;
      bench.store.finish(attemptOfB, { kind: "failed", reason: "error", message: "no" });
      return bench.store.scheduler.applySchedule(...values);
    };
    await bench.run("a", "fatal");
    expect(bench.states(run)).toEqual({ a: "failed", b: "skipped" });
    expect(bench.runState(run)).toBe("failed");
  });

  it("wakes a retry at its very time, and fails when none is left (A3)", async () => {
    const bench = new SchedulerBench();
    await bench.start(dagSpec("re", [taskSpec("a", { retries: 1, retryDelayMs: 2_345 })]));
    const run = bench.store.trigger("re", "r1");
    await bench.settle();
    await bench.run("a", "error");
    expect(bench.states(run)).toEqual({ a: "up_for_retry" });
    await bench.pass(2_344);
    expect(bench.workloads).toHaveLength(1);
    await bench.pass(1);
    expect(bench.workloads.at(-1)?.tryNumber).toBe(2);
    await bench.run("a", "error");
    expect(bench.runState(run)).toBe("failed");
  });

  it("runs again what a user cleared, and what comes after it (A9)", async () => {
    const bench = new SchedulerBench();
    await bench.start(chain);
    const run = bench.store.trigger("chain", "r1");
    await bench.settle();
    await bench.run("a");
    await bench.run("b", "fatal");
    expect(bench.runState(run)).toBe("failed");
    if (run !== undefined) bench.store.clear(run, ["b", "c"]);
    await bench.settle();
    await bench.run("b");
    await bench.run("c");
    expect(bench.runState(run)).toBe("success");
  });

  it("ends runs whose time is up", async () => {
    const bench = new SchedulerBench();
    await bench.start(dagSpec("slow", [taskSpec("a")], { runTimeoutMs: 10_000 }));
    const run = bench.store.trigger("slow", "r1");
    await bench.pass(9_000);
    expect(bench.runState(run)).toBe("running");
    await bench.pass(6_100);
    expect(bench.runState(run)).toBe("failed");
    expect(bench.states(run)).toEqual({ a: "skipped" });
  });
});

describe("isolation and faults (I32, A14)", () => {
  it("a version that cannot be read holds up its own runs only, and is reported once (Airflow #44738 crashed in a loop)", async () => {
    const bench = new SchedulerBench();
    const broken = brand<DagVersionId>("version-000002");
    bench.overrides.getSpecs = (versionIds) => bench.store.scheduler.getSpecs(versionIds.filter((versionId) => versionId !== broken));
    await bench.start(dagSpec("poison", [taskSpec("p")]), chain);
    expect(bench.store.state.dags.get("poison")?.versionId).toBe(broken);
    bench.store.trigger("poison", "r1");
    bench.store.trigger("chain", "r1");
    await bench.pass(30_000);
    expect(bench.workloads.map((workload) => workload.taskId)).toContain("a");
    expect(bench.errors).toEqual(["a DAG version cannot be read; its runs stand still"]);
  });

  it("a schedule that cannot be evaluated keeps no other DAG from its runs (Airflow #35135 stopped them all)", async () => {
    const bench = new SchedulerBench({ rowsPerQuery: 1 });
    const bad = dagSpec("bad", [], { schedule: { kind: "cron", expressions: ["not a cron"], timezone: "UTC" } });
    await bench.start(bad, dagSpec("good", [taskSpec("a")], { schedule: { kind: "once" } }));
    await bench.pass(11_000);
    expect(bench.workloads).toHaveLength(1);
    expect(bench.errors).toEqual(["the schedule of a DAG cannot be evaluated; it gets no runs"]);
  });

  it("a decision that the store cannot take keeps no other from being written (Airflow #20349 ended the scheduler)", async () => {
    const bench = new SchedulerBench();
    bench.overrides.applySchedule = (term, decisions, limits) => {
      const poisoned = decisions.tasks.some((task) => bench.store.state.tasks.get(task.taskInstanceId)?.run.dagId === "poison");
      if (poisoned) return Promise.reject(new PolyflowError("internal", "value too long"));
      return bench.store.scheduler.applySchedule(term, decisions, limits);
    };
    await bench.start(dagSpec("poison", [taskSpec("p")]), chain);
    bench.store.trigger("poison", "r1");
    bench.store.trigger("chain", "r1");
    await bench.pass(20_000);
    expect(bench.workloads.map((workload) => workload.taskId)).toEqual(["a"]);
    expect(bench.errors).toEqual(["a scheduling decision cannot be written"]);
  });

  it("gives up a silent worker and starts its task elsewhere, without costing a retry (Airflow #29455 left it running)", async () => {
    const bench = new SchedulerBench();
    await bench.start(dagSpec("d", [taskSpec("a")]));
    const run = bench.store.trigger("d", "r1");
    await bench.settle();
    const attemptId = bench.workloads[0]?.attemptId ?? brand("none");
    bench.store.claim(attemptId, bench.session);
    await bench.pass(29_000);
    expect(bench.states(run)).toEqual({ a: "running" });
    await bench.pass(7_000);
    expect(bench.workloads.at(-1)?.tryNumber).toBe(2);
    expect(bench.cancelled).toEqual([attemptId]);
    const task = bench.store.state.tasksOfRun.get(run ?? brand("none"))?.[0];
    expect(task).toMatchObject({ losses: 1, maxTries: 1 });
  });

  it("ten orderly stops of workers in a row do not fail the task that they leave behind", async () => {
    const bench = new SchedulerBench();
    await bench.start(dagSpec("d", [taskSpec("a")]));
    const run = bench.store.trigger("d", "r1");
    for (let stop = 1; stop <= 10; stop++) {
      await bench.settle();
      const session = bench.store.registerWorker(`w${stop}`);
      expect(bench.store.claim(bench.workloads.at(-1)?.attemptId ?? brand("none"), session)?.tryNumber).toBe(stop);
      bench.store.leave(session);
    }
    await bench.settle();
    await bench.run("a");
    expect(bench.runState(run)).toBe("success");
    expect(bench.store.state.tasksOfRun.get(run ?? brand("none"))?.[0]).toMatchObject({ losses: 0, maxTries: 10 });
  });

  it("amnesty: an outage of the database does not count as the workers' silence (Airflow #16023, #16573, #33155 killed healthy tasks)", async () => {
    const bench = new SchedulerBench();
    const isOpen = (): boolean | undefined => bench.store.state.sessions.get(bench.session)?.isOpen;
    await bench.start();
    await bench.pass(22_000);
    bench.overrides.listWorkerSessions = () => Promise.reject(new PolyflowError("database_unavailable", "gone"));
    await bench.pass(20_000);
    delete bench.overrides.listWorkerSessions;
    await bench.pass(25_000);
    expect(isOpen()).toBe(true);
    await bench.pass(15_000);
    expect(isOpen()).toBe(false);
  });

  it("a pass that failed is made good at once and not with the next poll (Airflow #1297 swallowed the error)", async () => {
    const bench = new SchedulerBench({ pollMs: 600_000 });
    await bench.start(chain);
    let failures = 0;
    bench.overrides.startQueuedRuns = (term, limit) => {
      failures += 1;
      if (failures <= 3) return Promise.reject(new PolyflowError("database_unavailable", "gone"));
      return bench.store.scheduler.startQueuedRuns(term, limit);
    };
    bench.store.trigger("chain", "r1");
    await bench.pass(1_000);
    expect(bench.workloads.map((workload) => workload.taskId)).toEqual(["a"]);
  });

  it("hands an attempt over again that nobody claimed (I13; Airflow #28206, #28120, #35843, #32127, #13542 stayed queued)", async () => {
    const bench = new SchedulerBench();
    await bench.start(dagSpec("d", [taskSpec("a")]));
    bench.store.trigger("d", "r1");
    await bench.pass(29_000);
    expect(bench.workloads).toHaveLength(1);
    await bench.pass(12_000);
    expect(bench.workloads.length).toBeGreaterThan(1);
    expect(new Set(bench.workloads.map((workload) => workload.attemptId)).size).toBe(1);
  });

  it("a pass that hangs costs the leader its office", async () => {
    const bench = new SchedulerBench({ longestPassMs: 10_000 });
    bench.overrides.listDueDags = () => new Promise(() => undefined);
    await bench.start();
    await bench.pass(9_000);
    expect(await bench.store.scheduler.acquireLease("scheduler", "other", 1_000)).toBeUndefined();
    // Ten seconds after its office has ended it stands again, a second later: in between the other is quicker.
    await bench.pass(11_500);
    expect(await bench.store.scheduler.acquireLease("scheduler", "other", 1_000)).toBeDefined();
    expect(bench.errors).toEqual(["a scheduling pass hangs", "gives up a store call that does not answer"]);
  });

  it("stands again after a store call that never answers, and what that call says at last harms nothing", async () => {
    const bench = new SchedulerBench({ longestPassMs: 10_000 });
    const hung = Promise.withResolvers<readonly DueDag[]>();
    bench.overrides.listDueDags = () => {
      delete bench.overrides.listDueDags;
      return hung.promise;
    };
    await bench.start(chain);
    await bench.pass(22_000);
    const run = bench.store.trigger("chain", "r1");
    await bench.settle();
    for (const taskId of ["a", "b"]) await bench.run(taskId);
    hung.resolve([]);
    await bench.settle();
    await bench.run("c");
    expect(bench.runState(run)).toBe("success");
    expect(bench.store.state.violations).toEqual([]);
  });

  it("stops although a store call never answers", async () => {
    const bench = new SchedulerBench();
    bench.overrides.listDueDags = () => new Promise(() => undefined);
    await bench.start();
    let isStopped = false;
    void bench.scheduler.stop().then(() => {
      isStopped = true;
    });
    await bench.pass(11_000);
    expect(isStopped).toBe(true);
  });

  it("stop writes nothing more and lets another lead at once", async () => {
    const bench = new SchedulerBench();
    await bench.start(chain);
    let isStopped = false;
    void bench.scheduler.stop().then(() => (isStopped = true));
    await bench.settle();
    expect(isStopped).toBe(true);
    bench.calls.length = 0;
    bench.store.trigger("chain", "r1");
    await bench.pass(60_000);
    expect(bench.calls).toEqual([]);
    expect(await bench.store.scheduler.acquireLease("scheduler", "other", 1_000)).toBeDefined();
  });

  it("is quiet when there is nothing to do: each question once in a poll", async () => {
    const bench = new SchedulerBench();
    await bench.start(chain);
    await bench.pass(60_000);
    bench.calls.length = 0;
    await bench.pass(60_000);
    const polls = 60_000 / 5_000 + 1;
    const counts = Map.groupBy(bench.calls, (call) => call);
    for (const [question, calls] of counts) expect({ question, calls: calls.length <= polls }).toEqual({ question, calls: true });
    expect(counts.size).toBeLessThanOrEqual(14);
    expect(bench.store.heartbeats).toBeGreaterThanOrEqual(24);
  });
});
