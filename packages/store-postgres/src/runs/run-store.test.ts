import { afterAll, beforeAll, expect, test } from "vitest";
import { dagSpec, newRun, only, START, TestStore, taskSpec } from "../fixture/test-store.ts";
import type { LeaderTerm } from "@polyflow/store";

let t: TestStore;
let term: LeaderTerm;
beforeAll(async () => {
  t = await TestStore.open();
  term = await t.lead();
});
afterAll(() => t.close());

const ref = (dagId: string, taskId: string) => ({ dagId, runId: "manual__1", taskId, mapIndex: -1 });

const unclaimed = async (dagId: string) =>
  (await t.store.scheduler.listUnclaimedAttempts(0, 100)).filter((attempt) => attempt.dagId === dagId);

test("a run comes with its task instances, from the version in force; a later version does not touch it (A10, I31)", async () => {
  const spec = dagSpec("versions", [taskSpec("a", { pool: "p", poolSlots: 2, priorityWeight: 5, queue: "q", retries: 3 }), taskSpec("b")]);
  await t.publish(spec);
  const run = await t.store.runs.createRun(newRun("versions", { conf: { day: "1" }, note: "n", triggeringUser: "ann" }));
  expect(run).toMatchObject({ state: "queued", versionNumber: 1, conf: { day: "1" }, note: "n", triggeringUser: "ann", queuedAt: t.now });
  await t.publish({ ...spec, tasks: [taskSpec("c")] });
  const tasks = await t.store.runs.listTaskInstances("versions", "manual__1");
  expect(tasks.map((task) => [task.taskId, task.state, task.maxTries])).toEqual([
    ["a", "none", 3],
    ["b", "none", 1],
  ]);
  expect(tasks[0]).toMatchObject({ pool: "p", poolSlots: 2, priorityWeight: 5, queue: "q", tryNumber: 0, mapIndex: -1 });
  expect((await t.store.runs.getRun("versions", "manual__1"))?.versionNumber).toBe(1);
});

test("a run id and a logical date are used once; the error says which run is in the way (I1)", async () => {
  await t.publish(dagSpec("twice", [taskSpec("a")]));
  await t.store.runs.createRun(newRun("twice", { logicalDate: START }));
  await expect(t.store.runs.createRun(newRun("twice"))).rejects.toMatchObject({ code: "dag_run_exists" });
  await expect(t.store.runs.createRun(newRun("twice", { runId: "other", logicalDate: START }))).rejects.toMatchObject({
    code: "dag_run_exists",
    details: { runId: "manual__1" },
  });
  await t.store.runs.createRun(newRun("twice", { runId: "third" }));
  await expect(t.store.runs.createRun(newRun("nowhere"))).rejects.toMatchObject({ code: "dag_not_found" });
  expect((await t.sql("select from polyflow.dag_run where dag_id = 'twice'")).length).toBe(2);
});

test("lists, newest runs, grid and task states agree", async () => {
  await t.publish(dagSpec("lists", [taskSpec("b"), taskSpec("a")]));
  for (const day of [1, 2, 3]) {
    await t.store.runs.createRun(newRun("lists", { runId: `r${day}`, runAfter: new Date(START.getTime() + day) }));
  }
  await t.store.runs.markRun("lists", "r2", "success");
  const ids = (rows: readonly { readonly runId: string }[]) => rows.map((row) => row.runId);
  const page = await t.store.runs.listRuns({ dagIds: ["lists"], limit: 2, offset: 0 });
  expect([ids(page.rows), page.total]).toEqual([["r3", "r2"], 3]);
  expect(ids((await t.store.runs.listRuns({ dagIds: ["lists"], orderBy: "run_after", limit: 9, offset: 1 })).rows)).toEqual(["r2", "r3"]);
  expect(ids((await t.store.runs.listRuns({ dagIds: ["lists"], states: ["success"], limit: 9, offset: 0 })).rows)).toEqual(["r2"]);
  expect((await t.store.runs.listRuns({ readableDagIds: [], limit: 9, offset: 0 })).total).toBe(0);
  const recent = await t.store.runs.recentRuns(["lists", "nowhere"], 2);
  expect([...recent.keys()]).toEqual(["lists"]);
  expect(ids(recent.get("lists") ?? [])).toEqual(["r3", "r2"]);
  const cells = await t.store.runs.gridCells("lists", ["r3", "r2", "none"], ["a", "gone", "b"]);
  expect(cells.toSorted((left, right) => left.runId.localeCompare(right.runId))).toEqual([
    {
      runId: "r2",
      places: [0, 2],
      states: ["success", "success"],
      offsetsMs: [null, null],
      durationsMs: [null, null],
      tries: [0, 0],
      instances: [1, 1],
    },
    {
      runId: "r3",
      places: [0, 2],
      states: ["none", "none"],
      offsetsMs: [null, null],
      durationsMs: [null, null],
      tries: [0, 0],
      instances: [1, 1],
    },
  ]);
  expect((await t.store.runs.taskStatesOfNewestRuns(["lists"])).get("lists")).toEqual({ none: 2 });
});

test("a note is replaced and taken away; nothing else changes", async () => {
  await t.publish(dagSpec("notes", [taskSpec("a")]));
  const run = await t.store.runs.createRun(newRun("notes"));
  expect(await t.store.runs.setRunNote("notes", run.runId, "look")).toEqual({ ...run, note: "look" });
  expect((await t.store.runs.setRunNote("notes", run.runId, null))?.note).toBeNull();
  expect(await t.store.runs.setRunNote("notes", "none", "x")).toBeUndefined();
});

test("clearing takes finished tasks back for new attempts and the run back to the line; attempts and retries count on (A9, I6)", async () => {
  await t.publish(dagSpec("clear", [taskSpec("good", { retries: 2 }), taskSpec("bad"), taskSpec("after")]));
  const run = await t.startRun(term, "clear");
  const session = await t.store.execution.registerWorker({ name: "clear", hostname: "here", slots: 4 });
  for (const attempt of await t.schedule(term, run.runKey, ["good", "bad"])) {
    await t.store.execution.claimAttempt(attempt.attemptId, session);
    const end = attempt.taskId === "good" ? ({ to: "success", output: 1 } as const) : ({ to: "failed", reason: "broke" } as const);
    await t.store.execution.finishAttempt(attempt.attemptId, end);
  }
  await t.store.runs.markRun("clear", run.runId, "failed");
  const request = { dagId: "clear", runId: run.runId, onlyFailed: true, dryRun: true };
  expect(only(await t.store.runs.clearTaskInstances(request))).toMatchObject({ taskId: "bad", state: "failed" });
  expect((await t.store.runs.getRun("clear", run.runId))?.state).toBe("failed");

  expect(only(await t.store.runs.clearTaskInstances({ ...request, dryRun: false }))).toMatchObject({ taskId: "bad", state: "none" });
  expect(await t.store.runs.getRun("clear", run.runId)).toMatchObject({ state: "queued", startDate: null, endDate: null });
  expect(only(await t.store.runs.listTries(ref("clear", "bad")))).toMatchObject({ tryNumber: 1, state: "failed", reason: "broke" });

  await t.store.runs.clearTaskInstances({ ...request, onlyFailed: false, dryRun: false, taskIds: ["good"] });
  expect(await t.store.runs.getTaskInstance(ref("clear", "good"))).toMatchObject({
    state: "none",
    tryNumber: 1,
    maxTries: 3,
    startDate: null,
    endDate: null,
    hostname: null,
  });
  expect(await t.store.runs.listXComs(ref("clear", "good"))).toEqual([]);
  await t.store.scheduler.startQueuedRuns(term, 10);
  expect(only(await t.schedule(term, run.runKey, ["good"])).tryNumber).toBe(2);
  const tries = await t.store.runs.listTriesOfRun("clear", run.runId);
  expect(
    [...tries.values()]
      .flat()
      .map((attempt) => attempt.state)
      .sort(),
  ).toEqual(["failed", "success"]);
});

test("clearing a running task: its attempt is refused, it starts anew only when the worker has ended it (I7, I8)", async () => {
  await t.publish(dagSpec("restart", [taskSpec("a")]));
  const run = await t.startRun(term, "restart");
  const session = await t.store.execution.registerWorker({ name: "restart", hostname: "here", slots: 4 });
  const { attemptId } = only(await t.schedule(term, run.runKey, ["a"]));
  await t.store.execution.claimAttempt(attemptId, session);
  await t.store.runs.clearTaskInstances({ dagId: "restart", runId: run.runId, onlyFailed: false, dryRun: false });
  expect(await t.states(run.runKey)).toEqual({ a: "restarting" });
  expect(await t.store.execution.getRunningAttempt(attemptId)).toBeUndefined();
  t.advance(1000);
  expect(await t.store.execution.heartbeat(session, 1, [attemptId])).toEqual([attemptId]);
  expect(await t.states(run.runKey)).toEqual({ a: "restarting" });
  t.advance(1000);
  expect(await t.store.execution.heartbeat(session, 2, [])).toEqual([]);
  expect(await t.states(run.runKey)).toEqual({ a: "none" });
  expect(only(await t.store.runs.listTries(ref("restart", "a")))).toMatchObject({ tryNumber: 1, state: "failed" });
});

test("a cleared attempt that still reports its end is refused and makes room for the next (I8)", async () => {
  await t.publish(dagSpec("late", [taskSpec("a")]));
  const run = await t.startRun(term, "late");
  const session = await t.store.execution.registerWorker({ name: "late", hostname: "here", slots: 4 });
  const { attemptId } = only(await t.schedule(term, run.runKey, ["a"]));
  await t.store.execution.claimAttempt(attemptId, session);
  await t.store.runs.clearTaskInstances({ dagId: "late", runId: run.runId, onlyFailed: false, dryRun: false });
  expect(await t.store.execution.finishAttempt(attemptId, { to: "success", output: 1 })).toBe(false);
  expect(await t.states(run.runKey)).toEqual({ a: "none" });
  expect(await t.store.runs.listXComs(ref("late", "a"))).toEqual([]);
});

test("marking a run failed ends what is unfinished; what runs is refused from then on (A9)", async () => {
  await t.publish(dagSpec("mark", [taskSpec("runs"), taskSpec("waits"), taskSpec("queued")]));
  const run = await t.startRun(term, "mark");
  const session = await t.store.execution.registerWorker({ name: "mark", hostname: "here", slots: 4 });
  const attempts = await t.schedule(term, run.runKey, ["runs", "queued"]);
  const running = only(attempts.filter((attempt) => attempt.taskId === "runs"));
  await t.store.execution.claimAttempt(running.attemptId, session);
  expect(await t.store.runs.markRun("mark", run.runId, "failed")).toMatchObject({ state: "failed", endDate: t.now });
  expect(await t.states(run.runKey)).toEqual({ runs: "failed", waits: "skipped", queued: "skipped" });
  expect(await t.store.execution.finishAttempt(running.attemptId, { to: "success", output: 1 })).toBe(false);
  expect(await unclaimed("mark")).toEqual([]);
  expect(await t.store.runs.markRun("mark", "none", "failed")).toBeUndefined();
});

test("deleting a run takes all of it", async () => {
  await t.publish(dagSpec("gone", [taskSpec("a")]));
  const run = await t.startRun(term, "gone");
  await t.schedule(term, run.runKey, ["a"]);
  expect(await t.store.runs.deleteRun("gone", run.runId)).toBe(true);
  expect(await t.store.runs.deleteRun("gone", run.runId)).toBe(false);
  expect(await t.sql("select from polyflow.task_instance where dag_run_id = $1", [run.runKey])).toEqual([]);
  expect(await unclaimed("gone")).toEqual([]);
});
