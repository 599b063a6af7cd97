import { brand } from "@polyflow/contracts";
import type { AttemptId, WorkerSessionId } from "@polyflow/contracts";
import type { Workload, WorkSink } from "@polyflow/executor";
import { silentLogger } from "@polyflow/service-kit";
import { describe, expect, test } from "vitest";
import { createLocalExecutor } from "./local-executor.ts";

/** A sink at the seam to the worker: attempts end when the test says so. */
class GatedSink implements WorkSink {
  readonly slots: number;
  sessionId: WorkerSessionId | undefined = brand<WorkerSessionId>("session");
  readonly started: string[] = [];
  readonly cancelled: string[] = [];
  readonly stoppedWith: number[] = [];
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();

  constructor(slots: number) {
    this.slots = slots;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(graceMs: number): Promise<void> {
    this.stoppedWith.push(graceMs);
    for (const gate of this.#gates.values()) gate.resolve();
    return Promise.resolve();
  }

  run(workload: Workload): Promise<void> {
    this.started.push(workload.attemptId);
    const gate = Promise.withResolvers<void>();
    this.#gates.set(workload.attemptId, gate);
    return gate.promise;
  }

  cancel(attemptId: AttemptId): void {
    this.cancelled.push(attemptId);
  }

  async end(attemptId: string): Promise<void> {
    this.#gates.get(attemptId)?.resolve();
    await flush();
  }

  async fail(attemptId: string): Promise<void> {
    this.#gates.get(attemptId)?.reject(new Error("broken"));
    await flush();
  }
}

/** Lets everything run that waits for promises only. */
function flush(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function workload(attemptId: string, priorityWeight = 1): Workload {
  return {
    attemptId: brand<AttemptId>(attemptId),
    dagId: "dag",
    runId: "run",
    taskId: attemptId,
    mapIndex: -1,
    tryNumber: 1,
    queue: "default",
    priorityWeight,
    bundleHash: "hash",
    isolation: "process",
  };
}

async function started(slots: number): Promise<{ sink: GatedSink; executor: ReturnType<typeof createLocalExecutor> }> {
  const sink = new GatedSink(slots);
  const executor = createLocalExecutor({ sink, logger: silentLogger });
  await executor.start();
  return { sink, executor };
}

describe("local executor", () => {
  test("runs no more attempts at once than the worker has slots, and goes on when one ends", async () => {
    const { sink, executor } = await started(2);
    await executor.submit([workload("a"), workload("b"), workload("c")]);
    expect(sink.started).toEqual(["a", "b"]);
    await sink.end("b");
    expect(sink.started).toEqual(["a", "b", "c"]);
  });

  test("A7: what waits starts by priority, among equals in order of arrival", async () => {
    const { sink, executor } = await started(1);
    await executor.submit([workload("first")]);
    await executor.submit([workload("low", 1), workload("high", 9), workload("middle", 5), workload("middle2", 5)]);
    for (const attemptId of ["first", "high", "middle", "middle2"]) await sink.end(attemptId);
    expect(sink.started).toEqual(["first", "high", "middle", "middle2", "low"]);
  });

  test("an attempt that is published twice runs once, whether it waits or runs", async () => {
    const { sink, executor } = await started(1);
    await executor.submit([workload("running"), workload("waiting"), workload("waiting"), workload("running")]);
    await executor.submit([workload("waiting")]);
    await sink.end("running");
    await sink.end("waiting");
    expect(sink.started).toEqual(["running", "waiting"]);
  });

  test("cancel takes a waiting attempt out and tells the worker of a running one", async () => {
    const { sink, executor } = await started(1);
    await executor.submit([workload("running"), workload("waiting"), workload("last")]);
    await executor.cancel(brand<AttemptId>("waiting"));
    await executor.cancel(brand<AttemptId>("running"));
    await executor.cancel(brand<AttemptId>("unknown"));
    await sink.end("running");
    expect(sink.cancelled).toEqual(["running"]);
    expect(sink.started).toEqual(["running", "last"]);
  });

  test("what is open: slots that neither run nor are waited for, and none without a session", async () => {
    const { sink, executor } = await started(3);
    expect(executor.openSlots?.()).toEqual({ sessionId: "session", slots: 3 });
    await executor.submit([workload("a")]);
    expect(executor.openSlots?.()?.slots).toBe(2);
    await executor.submit([workload("b"), workload("c"), workload("d"), workload("e")]);
    expect(executor.openSlots?.()?.slots).toBe(0);
    sink.sessionId = undefined;
    expect(executor.openSlots?.()).toBeUndefined();
    await executor.stop(0);
  });

  test("what was claimed starts at once, though no slot is free, and once", async () => {
    const { sink, executor } = await started(1);
    await executor.submit([workload("a"), workload("b")]);
    await executor.submit([{ ...workload("claimed"), isClaimed: true }]);
    await executor.submit([{ ...workload("claimed"), isClaimed: true }]);
    expect(sink.started).toEqual(["a", "claimed"]);
    await sink.end("claimed");
    expect(sink.started).toEqual(["a", "claimed"]);
    await sink.end("a");
    expect(sink.started).toEqual(["a", "claimed", "b"]);
  });

  test("an error of the worker itself does not keep its slot", async () => {
    const { sink, executor } = await started(1);
    await executor.submit([workload("a"), workload("b")]);
    await sink.fail("a");
    expect(sink.started).toEqual(["a", "b"]);
  });

  test("stop starts nothing more and hands the grace period on", async () => {
    const { sink, executor } = await started(1);
    await executor.submit([workload("a"), workload("b")]);
    await executor.stop(1_234);
    await executor.submit([workload("c")]);
    expect(sink.started).toEqual(["a"]);
    expect(sink.stoppedWith).toEqual([1_234]);
  });
});

test("10,000 workloads wait and start in order in well under a second", async () => {
  const { sink, executor } = await started(1);
  const priorities = Array.from({ length: 10_000 }, (_, index) => (index * 7_919) % 1_000);
  await executor.submit([workload("first")]);
  await executor.submit(priorities.map((priority, index) => workload(`${priority}:${index}`, priority)));
  const begun = performance.now();
  for (let index = 0; index < priorities.length; index += 1) {
    const last = sink.started.at(-1) ?? "";
    await sink.end(last);
  }
  const order = sink.started.slice(1).map((attemptId) => Number(attemptId.split(":")[0]));
  expect(order).toEqual([...priorities].sort((left, right) => right - left));
  expect(performance.now() - begun).toBeLessThan(2_000);
});
