import type { AttemptId, WorkerSessionId } from "@polyflow/contracts";
import type { AttemptEnd, LeaderTerm } from "@polyflow/store";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dagSpec, only, taskSpec, TestStore } from "../fixture/test-store.ts";

let test_: TestStore;
let term: LeaderTerm;
let session: WorkerSessionId;
let runs = 0;
beforeAll(async () => {
  test_ = await TestStore.open();
  term = await test_.lead();
  await test_.publish(
    dagSpec("waits", [taskSpec("wait"), taskSpec("after", { upstream: ["wait"], inputs: { x: { kind: "output", taskId: "wait" } } })]),
  );
});
beforeEach(async () => {
  session = await test_.store.execution.registerWorker({ name: "worker", hostname: "host", slots: 8 });
});
afterAll(() => test_.close());

const forPoke = (timeoutAt: Date | null = null, state?: { job: number }): AttemptEnd => ({
  to: "deferred",
  trigger: { kind: "poke", everyMs: 1000, backoff: false },
  state,
  timeoutAt,
  wakeAt: timeoutAt,
});

async function startTask(): Promise<{
  readonly runKey: Awaited<ReturnType<TestStore["startRun"]>>["runKey"];
  readonly attemptId: AttemptId;
  readonly runId: string;
}> {
  runs += 1;
  const runId = `manual__${runs}`;
  const { runKey } = await test_.startRun(term, "waits", { runId });
  const { attemptId } = only(await test_.schedule(term, runKey, ["wait"]));
  await test_.store.execution.claimAttempt(attemptId, session);
  return { runKey, attemptId, runId };
}

async function resume(runKey: Awaited<ReturnType<typeof startTask>>["runKey"]) {
  const { queued } = await test_.store.scheduler.applySchedule(term, { tasks: [], runs: [] }, { parallelism: 100 });
  const { attemptId } = only(queued.filter((attempt) => attempt.taskId === "wait"));
  const claimed = await test_.store.execution.claimAttempt(attemptId, session);
  if (claimed === undefined) throw new Error(`not claimed in ${runKey}`);
  return claimed;
}

describe("a rescheduled task (A5)", () => {
  test("frees its slot, is due at its time to the instant, and goes on with the same try; its start stays the first one", async () => {
    const { runKey, attemptId, runId } = await startTask();
    const startedAt = test_.now;
    const wakeAt = new Date(test_.now.getTime() + 60_000);
    expect(await test_.store.execution.finishAttempt(attemptId, { to: "up_for_reschedule", wakeAt })).toBe(true);
    expect((await test_.states(runKey))["wait"]).toBe("up_for_reschedule");
    expect(await test_.store.scheduler.nextDueAt()).toEqual(wakeAt);
    expect(await test_.store.scheduler.wakeDueRetries(term, test_.now, 10)).toBe(0);
    expect(await test_.store.scheduler.wakeDueRetries(term, test_.advance(60_000), 10)).toBe(1);
    const second = await resume(runKey);
    expect(second).toMatchObject({ tryNumber: 1, wait: { beganAt: startedAt, waits: 1, trigger: null } });
    await test_.store.execution.finishAttempt(second.attemptId, { to: "success", output: 7 });
    const ref = { dagId: "waits", runId, taskId: "wait", mapIndex: -1 };
    expect(await test_.store.runs.getTaskInstance(ref)).toMatchObject({ state: "success", tryNumber: 1, startDate: startedAt });
    expect(await test_.store.runs.listTries(ref)).toHaveLength(1);
  });

  test("the wait spans retries; a clear begins anew (A8)", async () => {
    const { runKey, attemptId, runId } = await startTask();
    const beganAt = test_.now;
    await test_.store.execution.finishAttempt(attemptId, { to: "up_for_reschedule", wakeAt: test_.now });
    await test_.store.scheduler.wakeDueRetries(term, test_.advance(1000), 10);
    const second = await resume(runKey);
    await test_.store.execution.finishAttempt(second.attemptId, { to: "up_for_retry", reason: "no", nextRetryAt: test_.now });
    await test_.store.scheduler.wakeDueRetries(term, test_.advance(1000), 10);
    const third = await resume(runKey);
    expect(third).toMatchObject({ tryNumber: 2, wait: { beganAt, waits: 1 } });
    await test_.store.execution.finishAttempt(third.attemptId, { to: "failed", reason: "no" });
    await test_.store.runs.clearTaskInstances({ dagId: "waits", runId, onlyFailed: false, dryRun: false });
    await test_.store.scheduler.startQueuedRuns(term, 10);
    const { attemptId: fourth } = only(await test_.schedule(term, runKey, ["wait"]));
    expect((await test_.store.execution.claimAttempt(fourth, session))?.wait).toBeNull();
  });
});

describe("a deferred task (A5)", () => {
  test("is watched by one worker, and goes on with what was found", async () => {
    const { runKey, attemptId } = await startTask();
    await test_.store.execution.finishAttempt(attemptId, forPoke(null, { job: 5 }));
    expect(await test_.store.execution.isCurrentAttempt(attemptId)).toBe(true);
    const claimed = await test_.store.execution.claimWaits(session, { waitIds: [], capacity: 10 });
    const wait = only(claimed?.watch ?? []);
    expect(wait).toMatchObject({ taskId: "wait", attemptId, wait: { state: { job: 5 } } });
    const other = await test_.store.execution.registerWorker({ name: "other", hostname: "host", slots: 8 });
    expect((await test_.store.execution.claimWaits(other, { waitIds: [], capacity: 10 }))?.watch).toEqual([]);
    expect(await test_.store.execution.fireWait(other, wait.waitId, {})).toBe(false);
    expect(await test_.store.execution.fireWait(session, wait.waitId, { value: "there" })).toBe(true);
    expect(await test_.store.execution.fireWait(session, wait.waitId, { value: "twice" })).toBe(false);
    expect(await test_.store.execution.isCurrentAttempt(attemptId)).toBe(false);
    const next = await resume(runKey);
    expect(next).toMatchObject({ tryNumber: 1, wait: { state: { job: 5 }, event: { value: "there" } } });
    await test_.store.execution.finishAttempt(next.attemptId, { to: "success", output: undefined });
  });

  test("a triggerer that dies, or never heard the answer, loses no wait: it is given out again", async () => {
    const { attemptId, runId } = await startTask();
    await test_.store.execution.finishAttempt(attemptId, forPoke());
    const lost = await test_.store.execution.registerWorker({ name: "lost", hostname: "host", slots: 8 });
    const { waitId } = only((await test_.store.execution.claimWaits(lost, { waitIds: [], capacity: 10 }))?.watch ?? []);
    expect((await test_.store.execution.claimWaits(lost, { waitIds: [], capacity: 10 }))?.watch).toHaveLength(1);
    expect((await test_.store.execution.claimWaits(lost, { waitIds: [waitId], capacity: 10 }))?.watch).toHaveLength(0);
    await test_.store.scheduler.closeWorkerSession(lost);
    expect(await test_.store.execution.claimWaits(lost, { waitIds: [waitId], capacity: 10 })).toBeUndefined();
    const again = await test_.store.execution.claimWaits(session, { waitIds: [], capacity: 10 });
    expect(only(again?.watch ?? []).waitId).toBe(waitId);
    await test_.store.runs.markRun("waits", runId, "failed");
    expect((await test_.store.execution.claimWaits(session, { waitIds: [waitId], capacity: 10 }))?.gone).toEqual([waitId]);
    expect(await test_.store.execution.fireWait(session, waitId, {})).toBe(false);
  });

  test("its time limit wakes it without an event", async () => {
    const { runKey, attemptId } = await startTask();
    const timeoutAt = new Date(test_.now.getTime() + 5000);
    await test_.store.execution.finishAttempt(attemptId, forPoke(timeoutAt));
    expect(await test_.store.scheduler.wakeDueRetries(term, test_.advance(5000), 10)).toBe(1);
    const next = await resume(runKey);
    expect(next.wait).toMatchObject({ event: null, timeoutAt, trigger: { kind: "poke" } });
    await test_.store.execution.finishAttempt(next.attemptId, { to: "failed", reason: "late" });
  });

  test("while its DAG is paused it stays where it is, and goes on afterwards with what was found", async () => {
    const { runKey, attemptId } = await startTask();
    await test_.store.execution.finishAttempt(attemptId, forPoke());
    const { waitId } = only((await test_.store.execution.claimWaits(session, { waitIds: [], capacity: 10 }))?.watch ?? []);
    await test_.store.dags.setPaused("waits", true);
    expect(await test_.store.execution.fireWait(session, waitId, { value: 1 })).toBe(true);
    expect(await test_.store.scheduler.wakeDueRetries(term, test_.now, 10)).toBe(0);
    expect((await test_.states(runKey))["wait"]).toBe("deferred");
    await test_.store.dags.setPaused("waits", false);
    expect(await test_.store.scheduler.wakeDueRetries(term, test_.now, 10)).toBe(1);
    const next = await resume(runKey);
    expect(next.wait?.event).toEqual({ value: 1 });
    await test_.store.execution.finishAttempt(next.attemptId, { to: "success", output: undefined });
  });

  test("a lost attempt goes on from the same wait; a failed one begins anew", async () => {
    const { runKey, attemptId } = await startTask();
    const end: AttemptEnd = {
      to: "deferred",
      trigger: { kind: "time", at: test_.now.toISOString() },
      state: { job: 1 },
      timeoutAt: null,
      wakeAt: test_.now,
    };
    await test_.store.execution.finishAttempt(attemptId, end);
    await test_.store.scheduler.wakeDueRetries(term, test_.now, 10);
    await resume(runKey);
    await test_.store.scheduler.closeWorkerSession(session);
    const lost = only((await test_.store.scheduler.listLostAttempts(10)).filter((attempt) => attempt.runKey === runKey));
    await test_.store.scheduler.resolveLostAttempt(term, lost, "scheduled", "lost");
    session = await test_.store.execution.registerWorker({ name: "worker", hostname: "host", slots: 8 });
    const again = await resume(runKey);
    expect(again).toMatchObject({ tryNumber: 2, wait: { state: { job: 1 }, trigger: { kind: "time" } } });
    await test_.store.execution.finishAttempt(again.attemptId, { to: "up_for_retry", reason: "no", nextRetryAt: test_.now });
    await test_.store.scheduler.wakeDueRetries(term, test_.now, 10);
    const next = await resume(runKey);
    expect(next).toMatchObject({ tryNumber: 3, wait: { trigger: null, state: null } });
    await test_.store.execution.finishAttempt(next.attemptId, { to: "success", output: undefined });
  });
});
