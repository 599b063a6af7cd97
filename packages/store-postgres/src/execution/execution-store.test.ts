import type { LoadReport } from "@polyflow/contracts";
import type { LeaderTerm, QueuedAttempt } from "@polyflow/store";
import { afterAll, beforeEach, expect, test } from "vitest";
import { dagSpec, only, START, TestStore, taskSpec } from "../fixture/test-store.ts";

let t: TestStore;
let term: LeaderTerm;
beforeEach(async () => {
  await t?.close();
  t = await TestStore.open();
  term = await t.lead();
});
afterAll(() => t.close());

const worker = (name: string) => t.store.execution.registerWorker({ name, hostname: `host of ${name}`, slots: 4 });

async function queueOne(taskId = "a"): Promise<QueuedAttempt & { readonly runKey: Parameters<TestStore["states"]>[0] }> {
  await t.publish(dagSpec("d", [taskSpec(taskId)]));
  const run = await t.startRun(term, "d", { logicalDate: START, conf: { day: 1 } });
  return { ...only(await t.schedule(term, run.runKey, [taskId])), runKey: run.runKey };
}

test("a claim gives all that the start needs, the outputs that the inputs name included (A6)", async () => {
  const inputs = {
    left: { kind: "output", taskId: "a" },
    right: { kind: "output", taskId: "b", path: ["x"] },
    other: { kind: "constant", value: 1 },
  } as const;
  const spec = dagSpec("d", [taskSpec("a"), taskSpec("b"), taskSpec("c"), taskSpec("sum", { upstream: ["a", "b", "c"], inputs })]);
  await t.publish(spec);
  const run = await t.startRun(term, "d", { logicalDate: START, conf: { day: 1 } });
  const session = await worker("w");
  for (const attempt of await t.schedule(term, run.runKey, ["a", "b", "c"])) {
    await t.store.execution.claimAttempt(attempt.attemptId, session);
    const output = attempt.taskId === "b" ? undefined : { of: attempt.taskId, odd: "\0\ud800" };
    expect(await t.store.execution.finishAttempt(attempt.attemptId, { to: "success", output })).toBe(true);
  }
  const { attemptId } = only(await t.schedule(term, run.runKey, ["sum"]));
  expect(await t.store.execution.claimAttempt(attemptId, session)).toMatchObject({
    attemptId,
    dagId: "d",
    taskId: "sum",
    tryNumber: 1,
    maxTries: 1,
    runType: "manual",
    logicalDate: START,
    runAfter: START,
    conf: { day: 1 },
    spec,
    bundleName: "project",
    isolation: "reuse",
    upstreamOutputs: { a: { of: "a", odd: "\0\ud800" } },
  });
  expect(await t.store.execution.getRunningAttempt(attemptId)).toMatchObject({ taskId: "sum", spec });
});

test("an attempt is claimed once, by an open session only (I7)", async () => {
  const { attemptId, runKey } = await queueOne();
  const closed = await worker("closed");
  await t.store.execution.closeWorker(closed);
  expect(await t.store.execution.claimAttempt(attemptId, closed)).toBeUndefined();
  const session = await worker("w");
  const claims = await Promise.all([1, 2, 3].map(() => t.store.execution.claimAttempt(attemptId, session)));
  expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  expect(await t.states(runKey)).toEqual({ a: "running" });
  expect(await t.store.scheduler.listUnclaimedAttempts(0, 10)).toEqual([]);
});

test("an end counts once and only for the current attempt (I8)", async () => {
  const { attemptId, runKey } = await queueOne();
  expect(await t.store.execution.finishAttempt(attemptId, { to: "success", output: 1 })).toBe(false);
  await t.store.execution.claimAttempt(attemptId, await worker("w"));
  t.advance(10);
  expect(await t.store.execution.finishAttempt(attemptId, { to: "failed", reason: "bad \0 byte" })).toBe(true);
  expect(await t.store.execution.finishAttempt(attemptId, { to: "success", output: 1 })).toBe(false);
  const task = await t.store.runs.getTaskInstance({ dagId: "d", runId: "manual__1", taskId: "a", mapIndex: -1 });
  expect(task).toMatchObject({ state: "failed", reason: "bad \uFFFD byte", endDate: t.now, hostname: "host of w" });
  expect(await t.states(runKey)).toEqual({ a: "failed" });
});

test("a retry leaves the attempt in the history, where its logs are still found (A3, I6, I28)", async () => {
  const { attemptId, runKey } = await queueOne();
  const session = await worker("w");
  await t.store.execution.claimAttempt(attemptId, session);
  await t.store.execution.finishAttempt(attemptId, { to: "up_for_retry", reason: "broke", nextRetryAt: START });
  await t.store.scheduler.wakeDueRetries(term, START, 1);
  const second = only(await t.schedule(term, runKey, []));
  expect(second.tryNumber).toBe(2);
  expect(second.attemptId).not.toBe(attemptId);
  expect(await t.store.execution.locateAttempt(attemptId)).toMatchObject({ dagId: "d", taskId: "a", tryNumber: 1 });
  expect(await t.store.execution.locateAttempt(second.attemptId)).toMatchObject({ tryNumber: 2 });
  await t.store.execution.claimAttempt(second.attemptId, session);
  await t.store.execution.finishAttempt(second.attemptId, { to: "success", output: undefined });
  const tries = await t.store.runs.listTries({ dagId: "d", runId: "manual__1", taskId: "a", mapIndex: -1 });
  expect(tries.map((attempt) => [attempt.tryNumber, attempt.state, attempt.reason])).toEqual([
    [1, "failed", "broke"],
    [2, "success", null],
  ]);
});

test("a heartbeat tells what to kill: what ended, what is another's, what never was (A14)", async () => {
  const { attemptId } = await queueOne();
  const [session, other] = [await worker("w"), await worker("other")];
  const never = "00000000-0000-0000-0000-000000000001" as typeof attemptId;
  expect(await t.store.execution.heartbeat(session, 1, [attemptId, never])).toEqual([never]);
  await t.store.execution.claimAttempt(attemptId, other);
  expect(await t.store.execution.heartbeat(session, 2, [attemptId])).toEqual([attemptId]);
  expect(await t.store.execution.heartbeat(other, 1, [attemptId])).toEqual([]);
  const sessions = await t.store.scheduler.listWorkerSessions();
  expect(Object.fromEntries(sessions.map(({ name, counter }) => [name, counter]))).toEqual({ other: 1, w: 2 });
  await t.store.execution.closeWorker(other);
  expect(await t.store.execution.heartbeat(other, 2, [])).toBeUndefined();
});

test("a running attempt that its worker does not have is lost after two heartbeats, not by one that was overtaken (A14)", async () => {
  const { attemptId, runKey } = await queueOne();
  const session = await worker("w");
  await t.store.execution.claimAttempt(attemptId, session);
  t.advance(1000);
  expect(await t.store.execution.heartbeat(session, 5, [attemptId])).toEqual([]);
  t.advance(1000);
  await t.store.execution.heartbeat(session, 4, []);
  expect(await t.store.scheduler.listLostAttempts(10)).toEqual([]);
  await t.store.execution.heartbeat(session, 6, []);
  const lost = only(await t.store.scheduler.listLostAttempts(10));
  expect(lost.attemptId).toBe(attemptId);
  expect(await t.store.scheduler.resolveLostAttempt(term, lost, "scheduled", "its worker does not have it")).toBe(true);
  expect(await t.states(runKey)).toEqual({ a: "scheduled" });
});

test("a worker that comes back under its name loses what its former process ran; a lost attempt costs no retry of the author (A14, I15)", async () => {
  const { attemptId, runKey } = await queueOne();
  await t.store.execution.claimAttempt(attemptId, await worker("w"));
  expect(await t.store.scheduler.listLostAttempts(10)).toEqual([]);
  t.events.length = 0;
  await worker("w");
  expect(t.events).toContainEqual({ kind: "resync" });
  const lost = only(await t.store.scheduler.listLostAttempts(10));
  expect(lost).toMatchObject({ attemptId, dagId: "d", taskId: "a", tryNumber: 1, losses: 0 });
  expect(await t.store.scheduler.resolveLostAttempt(term, lost, "scheduled", "its worker was lost")).toBe(true);
  expect(await t.store.scheduler.resolveLostAttempt(term, lost, "scheduled", "again")).toBe(false);
  expect(await t.store.execution.finishAttempt(attemptId, { to: "success", output: 1 })).toBe(false);
  const second = only(await t.schedule(term, runKey, []));
  const session = await worker("w2");
  expect(await t.store.execution.claimAttempt(second.attemptId, session)).toMatchObject({ tryNumber: 2, maxTries: 2 });
  await t.store.scheduler.closeWorkerSession(session);
  const again = only(await t.store.scheduler.listLostAttempts(10));
  expect(again.losses).toBe(1);
  expect(await t.store.scheduler.resolveLostAttempt(term, again, "failed", "lost too often")).toBe(true);
  expect(await t.states(runKey)).toEqual({ a: "failed" });
  const tries = await t.store.runs.listTries({ dagId: "d", runId: "manual__1", taskId: "a", mapIndex: -1 });
  expect(tries.map((attempt) => attempt.reason)).toEqual(["its worker was lost", "lost too often"]);
});

test("a worker that leaves in order takes nothing from the losses that are made good; one that is given up does (A14)", async () => {
  const first = await queueOne();
  const leaving = await worker("leaving");
  await t.store.execution.claimAttempt(first.attemptId, leaving);
  await t.store.execution.closeWorker(leaving);
  // What the scheduler does to a silent worker comes too late to make a loss of it.
  await t.store.scheduler.closeWorkerSession(leaving);
  const left = only(await t.store.scheduler.listLostAttempts(10));
  expect(left).toMatchObject({ losses: 0, workerHasLeft: true });
  await t.store.scheduler.resolveLostAttempt(term, left, "scheduled", "stopped");
  const second = only(await t.schedule(term, first.runKey, []));
  const silent = await worker("silent");
  expect(await t.store.execution.claimAttempt(second.attemptId, silent)).toMatchObject({ tryNumber: 2, maxTries: 2 });
  await t.store.scheduler.closeWorkerSession(silent);
  const lost = only(await t.store.scheduler.listLostAttempts(10));
  expect(lost).toMatchObject({ losses: 0, workerHasLeft: false });
  await t.store.scheduler.resolveLostAttempt(term, lost, "scheduled", "silent");
  const third = only(await t.schedule(term, first.runKey, []));
  await t.store.execution.claimAttempt(third.attemptId, await worker("next"));
  await worker("next");
  expect(only(await t.store.scheduler.listLostAttempts(10))).toMatchObject({ losses: 1, workerHasLeft: false });
});

test("a queued attempt is published again until it is claimed (I13, I14)", async () => {
  const attempt = await queueOne();
  const { scheduler } = t.store;
  expect(await scheduler.listUnclaimedAttempts(1000, 10)).toHaveLength(1);
  await scheduler.markPublished([attempt.attemptId]);
  expect(await scheduler.listUnclaimedAttempts(1000, 10)).toEqual([]);
  t.advance(1000);
  expect(only(await scheduler.listUnclaimedAttempts(1000, 10)).attemptId).toBe(attempt.attemptId);
});

test("a load report belongs to a running attempt and is replaced by a newer one of the same load (B4)", async () => {
  const { attemptId } = await queueOne();
  const report = { flow: "airports", loadId: "l1", status: "loaded", rows: { read: 3 } } as LoadReport;
  expect(await t.store.execution.saveLoadReport(attemptId, report)).toBe(false);
  await t.store.execution.claimAttempt(attemptId, await worker("w"));
  expect(await t.store.execution.saveLoadReport(attemptId, { ...report, status: "failed" })).toBe(true);
  expect(await t.store.execution.saveLoadReport(attemptId, report)).toBe(true);
  expect(await t.store.runs.listLoadReports("d", "manual__1")).toEqual([{ taskId: "a", mapIndex: -1, tryNumber: 1, report }]);
  expect(t.events).toContainEqual({ kind: "load_report", dagId: "d", runId: "manual__1", taskId: "a" });
});

test("the rendered fields of the newest try are kept; of an attempt that is over nothing is taken (A6)", async () => {
  const { attemptId } = await queueOne();
  const ref = { dagId: "d", runId: "manual__1", taskId: "a", mapIndex: -1 };
  expect(await t.store.execution.saveRenderedFields(attemptId, { command: "early" })).toBe(false);
  await t.store.execution.claimAttempt(attemptId, await worker("w"));
  expect(await t.store.runs.getRenderedFields(ref)).toBeUndefined();
  expect(await t.store.execution.saveRenderedFields(attemptId, { command: "echo 1" })).toBe(true);
  expect(await t.store.execution.saveRenderedFields(attemptId, { command: "echo 2" })).toBe(true);
  expect(await t.store.runs.getRenderedFields(ref)).toEqual({ command: "echo 2" });
});
