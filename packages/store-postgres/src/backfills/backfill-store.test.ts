import type { BackfillWork, LeaderTerm, NewBackfill } from "@polyflow/store";
import { afterAll, beforeEach, expect, test } from "vitest";
import { dagSpec, newRun, only, START, TestStore, taskSpec } from "../fixture/test-store.ts";

const DAY_MS = 86_400_000;
let t: TestStore;
let term: LeaderTerm;
beforeEach(async () => {
  await t?.close();
  t = await TestStore.open();
  term = await t.lead();
});
afterAll(() => t.close());

function day(number: number) {
  const at = new Date(START.getTime() - number * DAY_MS);
  return { logicalDate: at, dataIntervalStart: at, dataIntervalEnd: at, runAfter: at };
}

function newBackfill(changes: Partial<NewBackfill> = {}): NewBackfill {
  return {
    dagId: "d",
    fromDate: day(9).logicalDate,
    toDate: day(1).logicalDate,
    conf: {},
    reprocess: "none",
    maxActiveRuns: 2,
    runBackwards: false,
    runOnLatestVersion: true,
    triggeringUser: "ann",
    dates: [3, 2, 1].map(day),
    ...changes,
  };
}

/** Makes runs of all dates that there is room for. */
async function makeRuns(): Promise<readonly string[]> {
  const work = only((await t.store.scheduler.listBackfillWork(10, 100)).work);
  const steps = work.dates
    .slice(0, work.room)
    .map(({ position }) => ({ kind: "create" as const, position, runId: `backfill__${position}` }));
  await t.store.scheduler.applyBackfillSteps(term, work.backfillId, steps);
  return steps.map((step) => step.runId);
}

const work = async (): Promise<readonly BackfillWork[]> => (await t.store.scheduler.listBackfillWork(10, 100)).work;

test("runs are made up to the backfill's own limit, whatever the DAG's own runs take, and the rest follows as they end (A9)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")], { maxActiveRuns: 1 }));
  await t.startRun(term, "d", { runId: "own" });
  const { backfillId } = await t.store.backfills.createBackfill(newBackfill());
  expect(await makeRuns()).toEqual(["backfill__1", "backfill__2"]);
  expect(await work()).toEqual([]);
  expect((await t.store.scheduler.startQueuedRuns(term, 10)).map((run) => run.runId)).toEqual(["backfill__1", "backfill__2"]);
  const record = await t.store.backfills.getBackfill(backfillId);
  expect(record).toMatchObject({ pendingDates: 1, skippedDates: 0, runs: { running: 2 }, completedAt: null });
  expect(await t.store.runs.getRun("d", "backfill__1")).toMatchObject({ runType: "backfill", triggeredBy: "backfill", backfillId });
  await t.store.runs.markRun("d", "backfill__1", "success");
  expect(only(await work()).room).toBe(1);
  await makeRuns();
  for (const runId of ["backfill__2", "backfill__3"]) await t.store.runs.markRun("d", runId, "success");
  expect(only(await work()).dates).toEqual([]);
  expect(await t.store.scheduler.applyBackfillSteps(term, backfillId, [])).toBe(true);
  expect(await t.store.backfills.getBackfill(backfillId)).toMatchObject({ completedAt: t.now, runs: { success: 3 } });
  expect(t.events).toContainEqual({ kind: "backfill", dagId: "d", backfillId });
});

test("steps beyond the limit, repeated ones and those of a former term change nothing (I1, I9)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const { backfillId } = await t.store.backfills.createBackfill(newBackfill());
  const steps = [1, 2, 3].map((position) => ({ kind: "create" as const, position, runId: `backfill__${position}` }));
  await Promise.all([1, 2].map(() => t.store.scheduler.applyBackfillSteps(term, backfillId, steps)));
  expect(await t.sql("select from polyflow.dag_run")).toHaveLength(2);
  const next = await t.store.scheduler.acquireLease("scheduler", "leader", 60_000);
  expect(next?.term).toBe(term.term + 1);
  await expect(t.store.scheduler.applyBackfillSteps(term, backfillId, steps)).rejects.toMatchObject({ code: "leadership_lost" });
});

test("a run that is made again is cleared, not doubled, and gets the newest version where that is asked for (A9, A10)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a"), taskSpec("old")]));
  const run = await t.store.runs.createRun(newRun("d", { runId: "scheduled__2", runType: "scheduled", ...day(2) }));
  await t.store.runs.markRun("d", "scheduled__2", "failed");
  await t.publish(dagSpec("d", [taskSpec("a", { pool: "p" }), taskSpec("new")]));
  const { backfillId } = await t.store.backfills.createBackfill(newBackfill({ reprocess: "failed", dates: [day(2)], conf: { x: 1 } }));
  const [date] = only(await work()).dates;
  expect(date?.existing).toEqual({ runKey: run.runKey, runId: "scheduled__2", state: "failed" });
  const step = { kind: "reprocess", position: 1, runKey: run.runKey, from: "success" } as const;
  expect(await t.store.scheduler.applyBackfillSteps(term, backfillId, [step])).toBe(false);
  expect(await t.store.scheduler.applyBackfillSteps(term, backfillId, [{ ...step, from: "failed" }])).toBe(true);
  expect(await t.store.runs.getRun("d", "scheduled__2")).toMatchObject({
    state: "queued",
    runType: "backfill",
    versionNumber: 2,
    conf: { x: 1 },
    backfillId,
  });
  const tasks = await t.store.runs.listTaskInstances("d", "scheduled__2");
  expect(Object.fromEntries(tasks.map((task) => [task.taskId, task.state]))).toEqual({ a: "none", new: "none", old: "removed" });
  expect(tasks.find((task) => task.taskId === "a")?.pool).toBe("p");
  expect(await t.store.runs.listRuns({ limit: 9, offset: 0 })).toMatchObject({ total: 1 });
});

test("a paused backfill makes and starts nothing; a cancelled one fails what is queued and lets running runs end (A9)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const { backfillId } = await t.store.backfills.createBackfill(newBackfill());
  await makeRuns();
  await t.store.backfills.setBackfillPaused(backfillId, true);
  expect(await t.store.scheduler.startQueuedRuns(term, 10)).toEqual([]);
  await t.store.backfills.setBackfillPaused(backfillId, false);
  const [first] = await t.store.scheduler.startQueuedRuns(term, 1);
  expect(first?.runId).toBe("backfill__1");
  expect(await t.store.backfills.cancelBackfill(backfillId)).toMatchObject({ completedAt: t.now, skippedDates: 1, pendingDates: 0 });
  expect(await t.store.backfills.cancelBackfill(backfillId)).toBeUndefined();
  expect(await t.store.backfills.setBackfillPaused(backfillId, true)).toBeUndefined();
  const dates = await t.store.backfills.listBackfillDates(backfillId, { limit: 9, offset: 0 });
  expect(dates.rows.map(({ state, skipReason }) => [state, skipReason])).toEqual([
    ["running", null],
    ["failed", null],
    [null, "cancelled"],
  ]);
});

test("a DAG has one backfill at a time; the second says which is in the way (A9)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const { backfillId } = await t.store.backfills.createBackfill(newBackfill());
  await expect(t.store.backfills.createBackfill(newBackfill())).rejects.toMatchObject({ code: "backfill_exists", details: { backfillId } });
  await expect(t.store.backfills.createBackfill(newBackfill({ dagId: "nowhere" }))).rejects.toMatchObject({ code: "dag_not_found" });
  expect((await t.store.backfills.listBackfills({ readableDagIds: ["other"], limit: 9, offset: 0 })).total).toBe(0);
  expect((await t.store.backfills.listBackfills({ readableDagIds: ["d"], isActive: true, limit: 9, offset: 0 })).total).toBe(1);
});
