import type { AttemptId } from "@polyflow/contracts";
import type { ActiveRun, LeaderTerm } from "@polyflow/store";
import type { Client } from "pg";
import { afterAll, beforeEach, expect, test } from "vitest";
import { dagSpec, newRun, only, TestStore, taskSpec } from "./fixture/test-store.ts";

const DEADLINE_MS = 5_000;
let t: TestStore;
let term: LeaderTerm;
let rival: Client | undefined;
beforeEach(async () => {
  await rival?.end();
  rival = undefined;
  await t?.close();
  t = await TestStore.open();
  term = await t.lead();
});
afterAll(async () => {
  await rival?.end();
  await t.close();
});

/** A transaction of somebody else that has done its work and not committed yet. */
async function openRival(text: string, values: readonly unknown[] = []): Promise<Client> {
  rival = await t.connect();
  await rival.query("begin");
  await rival.query({ text, values: [...values] });
  return rival;
}

/** Runs `work` until it waits for a lock of the rival, then lets the rival commit. */
async function meeting<Result>(client: Client, work: () => Promise<Result>): Promise<Result> {
  const outcome = work();
  await somebodyWaits();
  await client.query("commit");
  return outcome;
}

async function somebodyWaits(): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const [row] = await t.sql<{ waiting: boolean }>(
      "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as waiting",
    );
    if (row?.waiting === true) return;
    if (Date.now() > deadline) throw new Error("nothing waited for the rival's lock");
  }
}

async function running(): Promise<{ readonly run: ActiveRun; readonly attemptId: AttemptId }> {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const run = await t.startRun(term, "d");
  const { attemptId } = only(await t.schedule(term, run.runKey, ["a"]));
  await t.store.execution.claimAttempt(attemptId, await t.store.execution.registerWorker({ name: "w", hostname: "h", slots: 1 }));
  return { run, attemptId };
}

const CLEAR_BY_HAND = `update polyflow.task_instance set state = 'restarting' where state = 'running'`;
const END_BY_HAND = `update polyflow.task_instance set state = 'failed', end_date = now() where state = 'running'`;

test("finish meets a clear that comes first: the end is refused and no output is stored (I8)", async () => {
  const { run, attemptId } = await running();
  const client = await openRival(CLEAR_BY_HAND);
  expect(await meeting(client, () => t.store.execution.finishAttempt(attemptId, { to: "success", output: 1 }))).toBe(false);
  expect(await t.states(run.runKey)).toEqual({ a: "none" });
  expect(await t.sql("select from polyflow.xcom")).toEqual([]);
});

test("two ends of one attempt meet: the second is refused, the first stands (I8, I20)", async () => {
  const { run, attemptId } = await running();
  const client = await openRival(END_BY_HAND);
  const end = { to: "up_for_retry", reason: "x", nextRetryAt: t.now } as const;
  expect(await meeting(client, () => t.store.execution.finishAttempt(attemptId, end))).toBe(false);
  expect(await t.states(run.runKey)).toEqual({ a: "failed" });
  expect(await t.sql("select from polyflow.task_try")).toEqual([]);
});

test("a clear meets an end that comes first: it clears the ended task (A9)", async () => {
  const { run } = await running();
  const client = await openRival(END_BY_HAND);
  const request = { dagId: "d", runId: run.runId, onlyFailed: false, dryRun: false };
  const cleared = await meeting(client, () => t.store.runs.clearTaskInstances(request));
  expect(cleared.map((task) => task.state)).toEqual(["none"]);
  expect(await t.sql("select state from polyflow.task_try")).toEqual([{ state: "failed" }]);
});

test("a claim meets a run that was ended first: nothing starts (I17)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const run = await t.startRun(term, "d");
  const { attemptId } = only(await t.schedule(term, run.runKey, ["a"]));
  const session = await t.store.execution.registerWorker({ name: "w", hostname: "h", slots: 1 });
  const client = await openRival(`update polyflow.task_instance set state = 'skipped', end_date = now()`);
  expect(await meeting(client, () => t.store.execution.claimAttempt(attemptId, session))).toBeUndefined();
});

test("twenty claims of one attempt from two processes: one gets it (I7)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const run = await t.startRun(term, "d");
  const { attemptId } = only(await t.schedule(term, run.runKey, ["a"]));
  const other = await t.another();
  const session = await t.store.execution.registerWorker({ name: "w", hostname: "h", slots: 1 });
  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? t.store : other).execution.claimAttempt(attemptId, session)),
  );
  expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
});

test("two applySchedule of the same term meet: limits hold, nothing is queued twice (I12)", async () => {
  await t.sql("insert into polyflow.pool (name, slots) values ('p', 5)");
  const tasks = Array.from({ length: 20 }, (_, index) => taskSpec(`t${index}`, { pool: "p" }));
  await t.publish(dagSpec("d", tasks, { maxActiveTasks: 100 }));
  const run = await t.startRun(term, "d");
  await t.schedule(
    term,
    run.runKey,
    tasks.map((task) => task.taskId),
    0,
  );
  const other = await t.another();
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      (index % 2 === 0 ? t.store : other).scheduler.applySchedule(term, { tasks: [], runs: [] }, { parallelism: 100 }),
    ),
  );
  expect(outcomes.flatMap((outcome) => outcome.queued)).toHaveLength(5);
  expect(await t.sql("select from polyflow.outbox")).toHaveLength(5);
});

test("applySchedule waits for another one that counts at the same moment and sees what it queued (I12)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a"), taskSpec("b")]));
  const run = await t.startRun(term, "d");
  await t.schedule(term, run.runKey, ["a", "b"], 0);
  const client = await openRival(`select from polyflow.leader_lease for no key update`);
  await client.query(
    `update polyflow.task_instance set state = 'queued', attempt_id = gen_random_uuid(), try_number = 1 where task_id = 'a'`,
  );
  const outcome = await meeting(client, () => t.store.scheduler.applySchedule(term, { tasks: [], runs: [] }, { parallelism: 1 }));
  expect(outcome.queued).toEqual([]);
});

test("decisions about the same task from two schedulers of the same term: one applies (I5, I6; Airflow #57618, #60330 scheduled twice)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const run = await t.startRun(term, "d");
  const { a } = await t.facts(run.runKey);
  if (a === undefined) throw new Error("no task");
  const other = await t.another();
  const tasks = [{ taskInstanceId: a.taskInstanceId, from: "none", to: "scheduled", reason: null }] as const;
  const outcomes = await Promise.all(
    [t.store, other, t.store, other].map((store) => store.scheduler.applySchedule(term, { tasks, runs: [] }, { parallelism: 10 })),
  );
  expect(outcomes.flatMap((outcome) => outcome.applied)).toHaveLength(1);
  expect(only(outcomes.flatMap((outcome) => outcome.queued)).tryNumber).toBe(1);
});

test("a take-over waits for a write of the old term that is under way, and refuses the next (I9)", async () => {
  await t.sql("update polyflow.leader_lease set expires_at = now() - interval '1 second'");
  const client = await openRival(`select from polyflow.leader_lease where term = $1 for key share`, [term.term]);
  const taken = await meeting(client, () => t.store.scheduler.acquireLease("scheduler", "new", 60_000));
  expect(taken?.term).toBe(term.term + 1);
});

test("a write of the old term that meets a take-over is refused (I9)", async () => {
  const client = await openRival(`select from polyflow.leader_lease for update`);
  await client.query("update polyflow.leader_lease set term = term + 1, holder = 'new'");
  await expect(
    meeting(client, () => t.store.scheduler.applySchedule(term, { tasks: [], runs: [] }, { parallelism: 1 })),
  ).rejects.toMatchObject({
    code: "leadership_lost",
  });
});

test("a run's end meets a clear that comes first: the run goes on (I19)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const run = await t.startRun(term, "d");
  await t.sql("update polyflow.task_instance set state = 'skipped', end_date = now()");
  const client = await openRival("select from polyflow.dag_run for update");
  await client.query("update polyflow.task_instance set state = 'none', end_date = null");
  await client.query("update polyflow.dag_run set note = 'cleared'");
  const runs = [{ runKey: run.runKey, to: "success", reason: null }] as const;
  await meeting(client, () => t.store.scheduler.applySchedule(term, { tasks: [], runs }, { parallelism: 1 }));
  expect(await t.states(run.runKey)).toEqual({ a: "none" });
  expect((await t.store.runs.getRun("d", run.runId))?.state).toBe("running");
});

test("transactions that deadlock are tried again, and both take effect (Airflow #23361, #19957, #27473)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const run = await t.startRun(term, "d");
  await t.sql("update polyflow.task_instance set state = 'failed', end_date = now()");
  // The rival holds the task and wants the run; clearing holds the run and wants the task.
  const client = await openRival("update polyflow.task_instance set note = 'rival'");
  const clearing = t.store.runs.clearTaskInstances({ dagId: "d", runId: run.runId, onlyFailed: true, dryRun: false });
  await somebodyWaits();
  await client.query("update polyflow.dag_run set note = 'rival'");
  await client.query("commit");
  expect((await clearing).map((task) => [task.state, task.note])).toEqual([["none", "rival"]]);
  expect((await t.store.runs.getRun("d", run.runId))?.note).toBe("rival");
});

test("a run of a timetable meets the publication of another version that comes first: neither run nor plan is written (A2)", async () => {
  const hourly = { schedule: { kind: "cron", expressions: ["@hourly"], timezone: "UTC" } } as const;
  await t.publish(dagSpec("d", [taskSpec("a")], hourly));
  const { dagId, versionId } = await t.asked("d");
  const next = { logicalDate: t.now, dataIntervalStart: t.now, dataIntervalEnd: t.now, runAfter: t.now };
  await t.publish(dagSpec("d", [taskSpec("a"), taskSpec("b")], hourly));
  const newer = await t.asked("d");
  await t.sql("update polyflow.dag set current_version_id = $1", [versionId]);
  const client = await openRival("update polyflow.dag set current_version_id = $1", [newer.versionId]);
  const step = { dagId, versionId, run: newRun(dagId, { ...next, runType: "scheduled" }), next };
  expect(await t.advanceTimetable(term, step)).toBe("busy");
  await client.query("commit");
  expect(await t.advanceTimetable(term, step)).toBe("left_alone");
  expect(await t.sql("select from polyflow.dag_run")).toEqual([]);
  expect((await t.store.dags.getDag("d"))?.nextRun).toBeNull();
});

const MARK_A_BY_HAND = `update polyflow.task_instance set state = 'success', end_date = now() where task_id = 'a'`;

test("decisions that rest on one another meet a mark of the first: none takes effect, and the run does not end (I11, I19)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a"), taskSpec("b", { upstream: ["a"] })]));
  const run = await t.startRun(term, "d");
  const facts = await t.store.scheduler.loadTaskFacts(run.runKey, undefined);
  const tasks = facts.map(({ taskInstanceId, state }) => ({ taskInstanceId, from: state, to: "skipped", reason: null }) as const);
  const runs = [{ runKey: run.runKey, to: "success", reason: null } as const];
  const client = await openRival(MARK_A_BY_HAND);
  const outcome = await meeting(client, () => t.store.scheduler.applySchedule(term, { tasks, runs }, { parallelism: 10 }));
  expect(outcome).toMatchObject({ applied: [], finishedRuns: [] });
  expect(await t.states(run.runKey)).toEqual({ a: "success", b: "none" });
});

test("the end of a run meets a mark of its last task: it is decided anew (I19)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const run = await t.startRun(term, "d");
  const [fact] = await t.store.scheduler.loadTaskFacts(run.runKey, undefined);
  if (fact === undefined) throw new Error("the run has no task");
  const tasks = [{ taskInstanceId: fact.taskInstanceId, from: "none", to: "skipped", reason: null } as const];
  const client = await openRival(MARK_A_BY_HAND.replace("'success'", "'failed'"));
  const runs = [{ runKey: run.runKey, to: "success", reason: null } as const];
  const outcome = await meeting(client, () => t.store.scheduler.applySchedule(term, { tasks, runs }, { parallelism: 10 }));
  expect(outcome).toMatchObject({ applied: [], finishedRuns: [] });
});

test("two schedulers look for missed deadlines at once: one row, one callback (I22; Airflow #19500 sent two mails)", async () => {
  const onMiss = [{ name: "tell", retries: 0, retryDelayMs: 0, timeoutMs: 1_000 }];
  await t.publish(dagSpec("d", [taskSpec("a")], { deadlines: [{ name: "soon", reference: "queued_at", afterMs: 60_000, onMiss }] }));
  await t.startRun(term, "d");
  const other = await t.another();
  const late = t.advance(60_000);
  const missed = await Promise.all([t.store, other, t.store, other].map((store) => store.scheduler.missDeadlines(term, late, 10)));
  expect(missed.flat()).toEqual([{ dagId: "d", runId: "manual__1", name: "soon" }]);
  expect(await t.sql("select from polyflow.callback")).toHaveLength(1);
});

test("waits that fire while the scheduler decides the same runs: no deadlock, and each goes on (Airflow #65920)", async () => {
  const tasks = Array.from({ length: 12 }, (_, index) => taskSpec(`t${index}`));
  await t.publish(dagSpec("d", tasks, { maxActiveTasks: 100 }));
  const run = await t.startRun(term, "d");
  const ids = tasks.map(({ taskId }) => taskId);
  const queued = await t.schedule(term, run.runKey, ids);
  const { execution, scheduler } = t.store;
  const session = await execution.registerWorker({ name: "w", hostname: "h", slots: 20 });
  const deferred = {
    to: "deferred",
    trigger: { kind: "poke", everyMs: 1_000, backoff: false },
    timeoutAt: null,
    wakeAt: null,
    state: undefined,
  } as const;
  for (const { attemptId } of queued) {
    await execution.claimAttempt(attemptId, session);
    await execution.finishAttempt(attemptId, deferred);
  }
  const other = await t.another();
  const claimed = await execution.claimWaits(session, { waitIds: [], capacity: 20 });
  const fired = (claimed?.watch ?? []).map(({ waitId }) => other.execution.fireWait(session, waitId, { value: 1 }));
  const passes = ids.map(() => scheduler.applySchedule(term, { tasks: [], runs: [] }, { parallelism: 100 }));
  const woken = (await Promise.all(passes)).flatMap((pass) => pass.queued);
  expect(await Promise.all(fired)).toEqual(ids.map(() => true));
  const rest = await scheduler.applySchedule(term, { tasks: [], runs: [] }, { parallelism: 100 });
  expect([...woken, ...rest.queued].map(({ taskId }) => taskId).sort()).toEqual([...ids].sort());
});
