import { brand } from "@polyflow/contracts";
import { plainDag as dagSpec, plainTask as taskSpec } from "@polyflow/contracts/testing";
import { describe, expect, it } from "vitest";
import { SchedulerBench } from "./simulation/scheduler-bench.ts";

/** The outbox in the database is what counts; what an executor or a queue between keeps, loses or doubles is a hint. */
describe("what stands between the scheduler and the workers loses, doubles or refuses what it is given (A14, I7, I13)", () => {
  const oneTask = dagSpec("d", [taskSpec("a")]);

  /** A worker that has just come takes the newest of what was handed over and ends it. */
  async function workOff(bench: SchedulerBench): Promise<void> {
    const attemptId = bench.workloads.at(-1)?.attemptId ?? brand("none");
    expect(bench.store.claim(attemptId, bench.store.registerWorker("new"))?.tryNumber).toBe(1);
    bench.store.finish(attemptId, { kind: "success" });
    await bench.settle();
  }

  it("everything that was handed over is gone: it is handed over again, as the same attempt (Airflow #24731, #28941: a killed Redis)", async () => {
    const bench = new SchedulerBench();
    await bench.start(oneTask);
    const run = bench.store.trigger("d", "r1");
    await bench.settle();
    const [lost] = bench.workloads.splice(0);
    await bench.pass(61_000);
    expect(new Set(bench.workloads.map(({ attemptId }) => attemptId))).toEqual(new Set([lost?.attemptId]));
    await workOff(bench);
    expect(bench.runState(run)).toBe("success");
  });

  it("what runs already is delivered once more: the claim is refused, and the task goes on (Airflow #58441 failed it)", async () => {
    const bench = new SchedulerBench();
    await bench.start(oneTask);
    const run = bench.store.trigger("d", "r1");
    await bench.settle();
    const attemptId = bench.workloads[0]?.attemptId ?? brand("none");
    expect(bench.store.claim(attemptId, bench.session)?.tryNumber).toBe(1);
    expect(bench.store.claim(attemptId, bench.store.registerWorker("other"))).toBeUndefined();
    await bench.settle();
    expect(bench.states(run)).toEqual({ a: "running" });
    bench.store.finish(attemptId, { kind: "success" });
    await bench.settle();
    expect(bench.runState(run)).toBe("success");
  });

  it("nothing is taken for an hour: nothing fails, and all of it goes when it is taken again (Airflow #32484: consumers that stay away)", async () => {
    const bench = new SchedulerBench();
    await bench.start(oneTask);
    let isAway = true;
    bench.refuses = () => isAway;
    const run = bench.store.trigger("d", "r1");
    for (let minute = 0; minute < 60; minute += 1) {
      await bench.pass(60_000);
      expect(bench.states(run)).toEqual({ a: "queued" });
    }
    isAway = false;
    await bench.pass(61_000);
    await workOff(bench);
    expect(bench.runState(run)).toBe("success");
  });
});
