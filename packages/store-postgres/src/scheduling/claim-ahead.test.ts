import type { OpenSlots, WorkerSessionId } from "@polyflow/contracts";
import type { LeaderTerm, QueuedAttempt } from "@polyflow/store";
import { afterAll, beforeEach, expect, test } from "vitest";
import { dagSpec, only, TestStore, taskSpec } from "../fixture/test-store.ts";

let t: TestStore;
let term: LeaderTerm;
let sessionId: WorkerSessionId;
beforeEach(async () => {
  await t?.close();
  t = await TestStore.open();
  term = await t.lead();
  sessionId = await t.store.execution.registerWorker({ name: "w", hostname: "here", slots: 8 });
});
afterAll(() => t.close());

/** Decides that all tasks of a new run are scheduled, with a worker to claim for. */
async function schedule(tasks: readonly ReturnType<typeof taskSpec>[], claimFor: OpenSlots, maxActiveTasks = 100) {
  await t.publish(dagSpec("d", tasks, { maxActiveTasks }));
  const { runKey } = await t.startRun(term, "d");
  const decided = Object.values(await t.facts(runKey)).map(({ taskInstanceId, state }) => {
    return { taskInstanceId, from: state, to: "scheduled" as const, reason: null };
  });
  t.events.length = 0;
  const outcome = await t.store.scheduler.applySchedule(term, { tasks: decided, runs: [] }, { parallelism: 9, claimFor });
  return { runKey, ...outcome };
}

const claimed = (attempts: readonly QueuedAttempt[]) => attempts.map(({ taskId, isClaimed }) => [taskId, isClaimed === true]);

test("what a worker has slots for runs with the commit that queues it: no outbox row, one event, nothing to claim any more (I7, I13)", async () => {
  const { runKey, queued } = await schedule([taskSpec("a")], { sessionId, slots: 3 });
  const attempt = only(queued);
  expect(attempt).toMatchObject({ taskId: "a", tryNumber: 1, isClaimed: true });
  expect(await t.states(runKey)).toEqual({ a: "running" });
  expect(t.events).toEqual([expect.objectContaining({ kind: "task_instance", state: "running" })]);
  expect(await t.store.scheduler.listUnclaimedAttempts(0, 10)).toEqual([]);
  const other = await t.store.execution.registerWorker({ name: "other", hostname: "there", slots: 8 });
  expect(await t.store.execution.claimAttempt(attempt.attemptId, other)).toBeUndefined();
  expect(await t.store.execution.claimAttempt(attempt.attemptId, sessionId)).toMatchObject({ taskId: "a", dagId: "d", tryNumber: 1 });
  expect(await t.store.execution.finishAttempt(attempt.attemptId, { to: "success", output: 1 })).toBe(true);
});

test("what is claimed at once has begun as what a worker claims itself: its callbacks and its lineage say so (A3, A12)", async () => {
  await t.store.lineage.setLineage(true);
  const callbacks = { execute: [{ name: "begin", retries: 0, retryDelayMs: 0, timeoutMs: 1_000 }] };
  const { queued } = await schedule([taskSpec("a", { callbacks, priorityWeight: 2 }), taskSpec("b", { callbacks })], {
    sessionId,
    slots: 1,
  });
  expect(claimed(queued)).toEqual([
    ["a", true],
    ["b", false],
  ]);
  const begun = async () =>
    (await t.store.callbacks.list({ dagId: "d", limit: 9, offset: 0 })).rows.map(({ taskId, kind }) => `${taskId} ${kind}`).toSorted();
  expect(await begun()).toEqual(["a execute"]);
  await t.store.execution.claimAttempt(queued[1]?.attemptId ?? only(queued).attemptId, sessionId);
  expect(await begun()).toEqual(["a execute", "b execute"]);
  expect((await t.store.lineage.listLineage(9)).map(({ taskId, state }) => `${taskId} ${state}`)).toEqual(["a running", "b running"]);
});

test("the worker is told the same as by a claim of its own, whichever process answers (A14)", async () => {
  const { queued } = await schedule([taskSpec("a", { inputs: { value: { kind: "constant", value: 1 } } })], { sessionId, slots: 1 });
  const { attemptId } = only(queued);
  const second = await t.another();
  const ofTheDatabase = await second.execution.claimAttempt(attemptId, sessionId, { again: true });
  expect(ofTheDatabase).toBeDefined();
  expect(await t.store.execution.claimAttempt(attemptId, sessionId)).toEqual(ofTheDatabase);
  // Told once: the second time it is a question to the database, and nothing is queued there.
  expect(await t.store.execution.claimAttempt(attemptId, sessionId)).toBeUndefined();
  expect(await t.store.execution.claimAttempt(attemptId, sessionId, { again: true })).toEqual(ofTheDatabase);
});

test("slots go to the most urgent; the others are queued, and a limit that leaves room asks for no more slots than there were (A7)", async () => {
  const tasks = [taskSpec("low"), taskSpec("high", { priorityWeight: 9 }), taskSpec("middle", { priorityWeight: 5 })];
  const { queued } = await schedule(tasks, { sessionId, slots: 2 });
  expect(claimed(queued)).toEqual([
    ["high", true],
    ["middle", true],
    ["low", false],
  ]);
  expect((await t.store.scheduler.listUnclaimedAttempts(0, 10)).map(({ taskId }) => taskId)).toEqual(["low"]);
});

test("limits hold for what is claimed at once as for what is queued (I12)", async () => {
  const { runKey, queued } = await schedule([taskSpec("a"), taskSpec("b"), taskSpec("c")], { sessionId, slots: 8 }, 2);
  expect(queued).toHaveLength(2);
  expect(Object.values(await t.states(runKey)).sort()).toEqual(["running", "running", "scheduled"]);
});

test("nothing is claimed for a session that is closed; without slots all is queued", async () => {
  const gone = await schedule([taskSpec("a")], { sessionId, slots: 0 });
  expect(await t.states(gone.runKey)).toEqual({ a: "queued" });
  await t.store.scheduler.closeWorkerSession(sessionId);
  await t.publish(dagSpec("e", [taskSpec("a")]));
  const run = await t.startRun(term, "e");
  const { a } = await t.facts(run.runKey);
  if (a === undefined) throw new Error("no task");
  const decision = { taskInstanceId: a.taskInstanceId, from: "none", to: "scheduled", reason: null } as const;
  await t.store.scheduler.applySchedule(term, { tasks: [decision], runs: [] }, { parallelism: 9, claimFor: { sessionId, slots: 5 } });
  expect(await t.states(run.runKey)).toEqual({ a: "queued" });
});

test("after a lost answer the claims are found again, and by nobody when the worker has gone (A14)", async () => {
  const { queued } = await schedule([taskSpec("a"), taskSpec("b")], { sessionId, slots: 1 });
  const running = queued.filter((attempt) => attempt.isClaimed);
  expect(await t.store.scheduler.listClaimedAttempts(sessionId)).toEqual(running);
  await t.store.scheduler.closeWorkerSession(sessionId);
  expect(await t.store.scheduler.listClaimedAttempts(sessionId)).toEqual([]);
  expect((await t.store.scheduler.listLostAttempts(10)).map(({ taskId }) => taskId)).toEqual(running.map(({ taskId }) => taskId));
});

test("claims that a worker does not name are given up at its second heartbeat after them", async () => {
  await schedule([taskSpec("a")], { sessionId, slots: 1 });
  for (const counter of [1, 2]) {
    t.advance(1_000);
    await t.store.execution.heartbeat(sessionId, counter, []);
  }
  expect(only(await t.store.scheduler.listLostAttempts(10)).taskId).toBe("a");
});
