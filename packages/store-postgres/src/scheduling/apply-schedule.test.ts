import type { LeaderTerm } from "@polyflow/store";
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

const taskIds = (attempts: readonly { readonly taskId: string }[]) => attempts.map((attempt) => attempt.taskId);
const many = (count: number, prefix: string, task = {}) => Array.from({ length: count }, (_, index) => taskSpec(`${prefix}${index}`, task));

async function addPool(name: string, slots: number): Promise<void> {
  await t.sql("insert into polyflow.pool (name, slots) values ($1, $2)", [name, slots]);
}

test("a decided task is queued with attempt, try and outbox row in one commit (I13)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const run = await t.startRun(term, "d");
  t.events.length = 0;
  const attempt = only(await t.schedule(term, run.runKey, ["a"]));
  expect(attempt).toMatchObject({
    dagId: "d",
    runId: "manual__1",
    taskId: "a",
    tryNumber: 1,
    mapIndex: -1,
    isolation: "reuse",
    queue: "default",
  });
  expect(await t.store.scheduler.listUnclaimedAttempts(0, 10)).toEqual([attempt]);
  expect(t.events).toEqual([expect.objectContaining({ kind: "task_instance", state: "queued", tryNumber: 1 })]);
});

test("a decision about a state that is no longer so does nothing (I5)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const run = await t.startRun(term, "d");
  const { a } = await t.facts(run.runKey);
  if (a === undefined) throw new Error("no task");
  const decide = (from: "none" | "up_for_retry", to: "scheduled" | "skipped") =>
    t.store.scheduler.applySchedule(
      term,
      { tasks: [{ taskInstanceId: a.taskInstanceId, from, to, reason: null }], runs: [] },
      { parallelism: 9 },
    );
  expect(await decide("up_for_retry", "scheduled")).toEqual({ applied: [], queued: [], finishedRuns: [] });
  expect((await decide("none", "skipped")).applied).toEqual([a.taskInstanceId]);
  expect((await decide("none", "scheduled")).applied).toEqual([]);
  expect(await t.states(run.runKey)).toEqual({ a: "skipped" });
});

test("order: priority weight, then the older run, whoever was decided first (A3)", async () => {
  await t.publish(dagSpec("d", [taskSpec("low"), taskSpec("high", { priorityWeight: 9 })], { maxActiveRuns: 2 }));
  const newer = await t.startRun(term, "d", { runId: "newer", runAfter: START });
  const older = await t.startRun(term, "d", { runId: "older", runAfter: new Date(START.getTime() - 1000) });
  await t.schedule(term, newer.runKey, ["low", "high"], 0);
  const queued = await t.schedule(term, older.runKey, ["low", "high"], 3);
  expect(queued.map((attempt) => `${attempt.runId} ${attempt.taskId}`)).toEqual(["older high", "newer high", "older low"]);
});

test("parallelism and a run's maxActiveTasks hold over several decisions (I12)", async () => {
  await t.publish(dagSpec("d", many(6, "t"), { maxActiveTasks: 4 }));
  const run = await t.startRun(term, "d");
  expect(await t.schedule(term, run.runKey, ["t0", "t1", "t2"], 2)).toHaveLength(2);
  expect(await t.schedule(term, run.runKey, ["t3", "t4", "t5"], 100)).toHaveLength(2);
  expect(await t.schedule(term, run.runKey, [], 100)).toHaveLength(0);
  expect(Object.values(await t.states(run.runKey)).sort()).toEqual(["queued", "queued", "queued", "queued", "scheduled", "scheduled"]);
});

test("one full pool starves nobody: others are served in the same decision (A7, L6)", async () => {
  await addPool("narrow", 2);
  await t.publish(dagSpec("crowd", many(50, "n", { pool: "narrow", priorityWeight: 100 }), { maxActiveTasks: 100 }));
  await t.publish(dagSpec("quiet", [taskSpec("q")]));
  const crowd = await t.startRun(term, "crowd");
  const quiet = await t.startRun(term, "quiet");
  expect(
    await t.schedule(
      term,
      crowd.runKey,
      many(50, "n").map((task) => task.taskId),
    ),
  ).toHaveLength(2);
  expect(taskIds(await t.schedule(term, quiet.runKey, ["q"]))).toEqual(["q"]);
});

test("a run at its limit lets the other runs' tasks through in the same decision (L6)", async () => {
  await t.publish(dagSpec("crowd", many(50, "c", { priorityWeight: 100 }), { maxActiveTasks: 3 }));
  await t.publish(dagSpec("quiet", many(2, "q")));
  const crowd = await t.startRun(term, "crowd");
  const quiet = await t.startRun(term, "quiet");
  await t.schedule(
    term,
    crowd.runKey,
    many(50, "c").map((task) => task.taskId),
    0,
  );
  const queued = await t.schedule(term, quiet.runKey, ["q0", "q1"], 5);
  // Among tasks of one run and priority any order is right.
  expect(taskIds(queued).map((id) => id[0])).toEqual(["c", "c", "c", "q", "q"]);
});

test("a task of many slots waits for its slots and lets smaller ones pass; slots are never exceeded (A7, I12)", async () => {
  await addPool("p", 4);
  await t.publish(
    dagSpec("d", [taskSpec("big", { pool: "p", poolSlots: 3, priorityWeight: 5 }), ...many(3, "s", { pool: "p", poolSlots: 2 })]),
  );
  const run = await t.startRun(term, "d");
  await t.schedule(term, run.runKey, ["s0"]);
  expect(taskIds(await t.schedule(term, run.runKey, ["big", "s1", "s2"]))).toEqual([expect.stringMatching(/^s[12]$/)]);
  const [used] = await t.sql<{ slots: number }>(
    "select sum(pool_slots)::integer as slots from polyflow.task_instance where state = 'queued'",
  );
  expect(used).toEqual({ slots: 4 });
});

test("tasks of a pool that does not exist wait; with the pool they go (A7)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a", { pool: "later" })]));
  const run = await t.startRun(term, "d");
  expect(await t.schedule(term, run.runKey, ["a"])).toEqual([]);
  await addPool("later", 1);
  expect(await t.schedule(term, run.runKey, [])).toHaveLength(1);
});

test("a run ends only when none of its tasks is unfinished (I19)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a"), taskSpec("b")]));
  const run = await t.startRun(term, "d");
  const { a, b } = await t.facts(run.runKey);
  if (a === undefined || b === undefined) throw new Error("no task");
  const end = { runKey: run.runKey, to: "success", reason: null } as const;
  const skip = (taskInstanceId: typeof a.taskInstanceId) =>
    ({ taskInstanceId, from: "none", to: "skipped", reason: "not needed" }) as const;
  const early = await t.store.scheduler.applySchedule(term, { tasks: [skip(a.taskInstanceId)], runs: [end] }, { parallelism: 9 });
  expect(early.finishedRuns).toEqual([]);
  const late = await t.store.scheduler.applySchedule(term, { tasks: [skip(b.taskInstanceId)], runs: [end] }, { parallelism: 9 });
  expect(late.finishedRuns).toEqual([run.runKey]);
  expect(await t.store.runs.getRun("d", run.runId)).toMatchObject({ state: "success", endDate: t.now });
});

test("fail-fast ends running and queued tasks: their attempts are refused (A3, I8)", async () => {
  await t.publish(dagSpec("d", [taskSpec("runs"), taskSpec("queued")]));
  const run = await t.startRun(term, "d");
  const session = await t.store.execution.registerWorker({ name: "w", hostname: "h", slots: 2 });
  const attempts = await t.schedule(term, run.runKey, ["runs", "queued"]);
  for (const { attemptId, taskId } of attempts) if (taskId === "runs") await t.store.execution.claimAttempt(attemptId, session);
  const facts = await t.facts(run.runKey);
  const tasks = [facts["runs"], facts["queued"]].map((fact) => {
    if (fact === undefined) throw new Error("no task");
    return {
      taskInstanceId: fact.taskInstanceId,
      from: fact.state,
      to: fact.state === "running" ? "failed" : "skipped",
      reason: "first failure",
    } as const;
  });
  expect((await t.store.scheduler.applySchedule(term, { tasks, runs: [] }, { parallelism: 9 })).applied).toHaveLength(2);
  expect(await t.states(run.runKey)).toEqual({ runs: "failed", queued: "skipped" });
  for (const { attemptId } of attempts) {
    expect(await t.store.execution.finishAttempt(attemptId, { to: "success", output: 1 })).toBe(false);
    expect(await t.store.execution.claimAttempt(attemptId, session)).toBeUndefined();
  }
  expect(await t.store.scheduler.listUnclaimedAttempts(0, 10)).toEqual([]);
});

test("a paused DAG queues nothing, in either order of pausing and deciding (A9)", async () => {
  await t.publish(dagSpec("d", many(3, "t")));
  const run = await t.startRun(term, "d");
  await t.schedule(term, run.runKey, ["t0"], 0);
  await t.store.dags.setPaused("d", true);
  expect(await t.states(run.runKey)).toEqual({ t0: "none", t1: "none", t2: "none" });
  expect(await t.schedule(term, run.runKey, ["t1"])).toEqual([]);
  expect(await t.store.scheduler.getActiveRuns([run.runKey])).toEqual([]);
  t.events.length = 0;
  await t.store.dags.setPaused("d", false);
  expect(t.events).toContainEqual(expect.objectContaining({ kind: "run", runKey: run.runKey, state: "running" }));
  expect(await t.schedule(term, run.runKey, ["t1"])).toHaveLength(1);
});
