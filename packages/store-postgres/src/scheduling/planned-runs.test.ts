import type { LeaderTerm, NextRun, TimetableStep } from "@polyflow/store";
import { afterAll, beforeEach, expect, test } from "vitest";
import { dagSpec, newRun, only, START, TestStore, taskSpec } from "../fixture/test-store.ts";

const HOUR_MS = 3_600_000;
let t: TestStore;
let term: LeaderTerm;
beforeEach(async () => {
  await t?.close();
  t = await TestStore.open();
  term = await t.lead();
});
afterAll(() => t.close());

const hourly = { schedule: { kind: "cron", expressions: ["@hourly"], timezone: "UTC" } } as const;

function hour(number: number): NextRun {
  const start = new Date(START.getTime() + (number - 1) * HOUR_MS);
  const end = new Date(START.getTime() + number * HOUR_MS);
  return { logicalDate: start, dataIntervalStart: start, dataIntervalEnd: end, runAfter: end };
}

async function scheduled(dagId: string, number: number, next: NextRun | null): Promise<TimetableStep> {
  const { versionId } = await t.asked(dagId);
  const run = newRun(dagId, { ...hour(number), runId: `scheduled__${number}`, runType: "scheduled", triggeredBy: "timetable" });
  return { dagId, versionId, run, next };
}

test("a timetable that was never asked is due at once, then when its run is; one that has ended never (A2)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")], hourly));
  await t.publish(dagSpec("unscheduled", [taskSpec("a")]));
  expect(await t.store.scheduler.listDueDags(START, 10)).toMatchObject([
    { dagId: "d", nextRun: null, lastAutomatedRun: null, unfinishedRuns: 0 },
  ]);
  expect(await t.store.scheduler.nextDueAt()).toBeUndefined();
  await t.plan(term, await t.asked("d"), hour(1));
  expect(await t.store.scheduler.listDueDags(START, 10)).toEqual([]);
  expect(await t.store.scheduler.nextDueAt()).toEqual(hour(1).runAfter);
  expect(only(await t.store.scheduler.listDueDags(hour(1).runAfter, 10)).nextRun).toEqual(hour(1));
  await t.plan(term, await t.asked("d"), null);
  expect(await t.store.scheduler.listDueDags(hour(9).runAfter, 10)).toEqual([]);
  expect(await t.store.scheduler.nextDueAt()).toBeUndefined();
});

test("the run and the schedule's next step are one transaction; a repeat makes no second run (I1)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")], hourly));
  expect(await t.advanceTimetable(term, await scheduled("d", 1, hour(2)))).toBe("created");
  expect(await t.advanceTimetable(term, await scheduled("d", 1, hour(2)))).toBe("exists");
  const due = only(await t.store.scheduler.listDueDags(hour(2).runAfter, 10));
  expect(due).toMatchObject({ nextRun: hour(2), lastAutomatedRun: hour(1), unfinishedRuns: 1 });
  expect(await t.sql("select from polyflow.task_instance")).toHaveLength(1);
});

test("two processes that create the same run at once make one (I1)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")], hourly));
  const other = await t.another();
  const run = await scheduled("d", 1, hour(2));
  const advanced = await Promise.all([t.store, other, t.store, other].map((store) => store.scheduler.advanceTimetables(term, [run])));
  expect(advanced.flatMap(({ outcomes }) => outcomes).toSorted()).toEqual(["created", "exists", "exists", "exists"]);
  expect(await t.sql("select from polyflow.dag_run")).toHaveLength(1);
  expect(await t.sql("select from polyflow.task_instance")).toHaveLength(1);
});

test("an answer of a timetable that was edited since is not written: neither run nor plan (A2)", async () => {
  const spec = dagSpec("d", [taskSpec("a")], hourly);
  await t.publish(spec);
  const [asked, late] = [await t.asked("d"), await scheduled("d", 1, hour(2))];
  await t.plan(term, asked, hour(1));
  await t.publish({ ...spec, schedule: { kind: "interval", everyMs: 60_000 } });
  expect(await t.advanceTimetable(term, late)).toBe("left_alone");
  await t.plan(term, asked, hour(7));
  expect(only(await t.store.scheduler.listDueDags(START, 10))).toMatchObject({ nextRun: null, unfinishedRuns: 0 });
  expect(await t.advanceTimetable(term, await scheduled("d", 1, hour(2)))).toBe("created");
});

test("a DAG at maxActiveRuns is not due, so that it crowds nobody out, until a run ends (L6)", async () => {
  await t.publish(dagSpec("full", [taskSpec("a")], { ...hourly, maxActiveRuns: 1 }));
  await t.publish(dagSpec("other", [taskSpec("a")], hourly));
  await t.advanceTimetable(term, await scheduled("full", 1, hour(2)));
  await t.plan(term, await t.asked("other"), hour(3));
  const late = t.advance(9 * HOUR_MS);
  expect((await t.store.scheduler.listDueDags(late, 1)).map((dag) => dag.dagId)).toEqual(["other"]);
  expect(await t.store.scheduler.nextDueAt()).toEqual(hour(3).runAfter);
  await t.store.runs.markRun("full", "scheduled__1", "success");
  expect((await t.store.scheduler.listDueDags(late, 1)).map((dag) => dag.dagId)).toEqual(["full"]);
});

test("a paused DAG makes no runs and keeps its plan", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")], hourly));
  await t.plan(term, await t.asked("d"), hour(1));
  await t.store.dags.setPaused("d", true);
  expect(await t.advanceTimetable(term, await scheduled("d", 1, hour(2)))).toBe("left_alone");
  expect(await t.store.scheduler.nextDueAt()).toBeUndefined();
  await t.store.dags.setPaused("d", false);
  expect(only(await t.store.scheduler.listDueDags(hour(1).runAfter, 10)).nextRun).toEqual(hour(1));
});

test("runs start oldest first as far as maxActiveRuns allows; paused DAGs and runs of the future wait (A2)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")], { maxActiveRuns: 2, runTimeoutMs: 60_000 }));
  await t.publish(dagSpec("other", [taskSpec("a")]));
  for (const number of [3, 1, 2]) {
    await t.store.runs.createRun(newRun("d", { runId: `r${number}`, runAfter: new Date(START.getTime() - 10 + number) }));
  }
  await t.store.runs.createRun(newRun("other", { runId: "future", runAfter: hour(1).runAfter }));
  const started = await t.store.scheduler.startQueuedRuns(term, 10);
  expect(started.map((run) => run.runId).sort()).toEqual(["r1", "r2"]);
  expect(await t.store.scheduler.startQueuedRuns(term, 10)).toEqual([]);
  expect(await t.store.scheduler.nextDueAt()).toEqual(new Date(START.getTime() + 60_000));
  await t.store.runs.markRun("d", "r1", "success");
  await t.store.dags.setPaused("d", true);
  expect(await t.store.scheduler.startQueuedRuns(term, 10)).toEqual([]);
  await t.store.dags.setPaused("d", false);
  expect(only(await t.store.scheduler.startQueuedRuns(term, 10)).runId).toBe("r3");
  t.advance(HOUR_MS);
  expect(only(await t.store.scheduler.startQueuedRuns(term, 10)).runId).toBe("future");
});

test("running runs are listed in pages by key, each once", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  for (const number of [1, 2, 3, 4, 5]) await t.store.runs.createRun(newRun("d", { runId: `r${number}` }));
  await t.store.scheduler.startQueuedRuns(term, 10);
  const first = await t.store.scheduler.listActiveRuns(undefined, 3);
  const second = await t.store.scheduler.listActiveRuns(first.at(-1)?.runKey, 3);
  expect([first.length, second.length]).toEqual([3, 2]);
  expect(new Set([...first, ...second].map((run) => run.runId)).size).toBe(5);
  const facts = await t.store.scheduler.loadTaskFactsOfRuns(
    first.map((run, index) => ({ runKey: run.runKey, taskIds: index === 0 ? undefined : ["a", "none"] })),
  );
  expect([...facts.values()].map((rows) => rows.map((row) => row.taskId))).toEqual([["a"], ["a"], ["a"]]);
  const unfinished = await t.store.scheduler.runsWithUnfinishedTasks(first.map((run) => run.runKey));
  expect(unfinished).toEqual(new Set(first.map((run) => run.runKey)));
});

test("a run whose time is up fails with all that is unfinished; what runs is refused (A2, I18)", async () => {
  await t.publish(dagSpec("d", [taskSpec("runs"), taskSpec("waits")], { runTimeoutMs: 1000 }));
  const run = await t.startRun(term, "d");
  const session = await t.store.execution.registerWorker({ name: "w", hostname: "h", slots: 1 });
  const { attemptId } = only(await t.schedule(term, run.runKey, ["runs"]));
  await t.store.execution.claimAttempt(attemptId, session);
  expect(await t.store.scheduler.timeOutRuns(term, t.now)).toEqual([]);
  expect(await t.store.scheduler.timeOutRuns(term, t.advance(1000))).toEqual([run.runKey]);
  expect(await t.states(run.runKey)).toEqual({ runs: "skipped", waits: "skipped" });
  expect(await t.store.execution.finishAttempt(attemptId, { to: "success", output: 1 })).toBe(false);
  expect(await t.store.execution.heartbeat(session, 1, [attemptId])).toEqual([attemptId]);
  expect(await t.store.scheduler.timeOutRuns(term, t.now)).toEqual([]);
});

test("a retry wakes when it is due, not while its DAG is paused, and the next due time says so (A3)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const run = await t.startRun(term, "d");
  const session = await t.store.execution.registerWorker({ name: "w", hostname: "h", slots: 1 });
  const { attemptId } = only(await t.schedule(term, run.runKey, ["a"]));
  await t.store.execution.claimAttempt(attemptId, session);
  const nextRetryAt = new Date(START.getTime() + 500);
  expect(await t.store.execution.finishAttempt(attemptId, { to: "up_for_retry", reason: "broke", nextRetryAt })).toBe(true);
  expect(await t.store.scheduler.nextDueAt()).toEqual(nextRetryAt);
  expect(await t.store.scheduler.wakeDueRetries(term, START, 10)).toBe(0);
  await t.store.dags.setPaused("d", true);
  expect(await t.store.scheduler.nextDueAt()).toBeUndefined();
  expect(await t.store.scheduler.wakeDueRetries(term, nextRetryAt, 10)).toBe(0);
  await t.store.dags.setPaused("d", false);
  expect(await t.store.scheduler.wakeDueRetries(term, nextRetryAt, 10)).toBe(1);
  expect(await t.states(run.runKey)).toEqual({ a: "scheduled" });
});
