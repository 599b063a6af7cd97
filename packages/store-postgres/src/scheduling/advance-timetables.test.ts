import type { LeaderTerm, NextRun, TimetableStep } from "@polyflow/store";
import type { Client } from "pg";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { dagSpec, newRun, only, START, TestStore, taskSpec } from "../fixture/test-store.ts";

const HOUR_MS = 3_600_000;
const hourly = { schedule: { kind: "cron", expressions: ["@hourly"], timezone: "UTC" } } as const;
let t: TestStore;
let term: LeaderTerm;
let rival: Client | undefined;
beforeEach(async () => {
  await t?.close();
  t = await TestStore.open();
  term = await t.lead();
});
afterEach(async () => {
  await rival?.end();
  rival = undefined;
});
afterAll(() => t.close());

function hour(number: number): NextRun {
  const start = new Date(START.getTime() + (number - 1) * HOUR_MS);
  const end = new Date(START.getTime() + number * HOUR_MS);
  return { logicalDate: start, dataIntervalStart: start, dataIntervalEnd: end, runAfter: end };
}

async function due(dagId: string): Promise<TimetableStep> {
  const { versionId } = await t.asked(dagId);
  const run = newRun(dagId, { ...hour(0), runId: "scheduled__0", runType: "scheduled", triggeredBy: "timetable" });
  return { dagId, versionId, run, next: hour(1) };
}

async function publish(...dagIds: readonly string[]): Promise<readonly TimetableStep[]> {
  for (const dagId of dagIds) await t.publish(dagSpec(dagId, [taskSpec("a"), taskSpec("b")], hourly));
  return Promise.all(dagIds.map(due));
}

/** Somebody else's transaction that has done something and stays open. */
async function holdOpen(text: string): Promise<Client> {
  rival = await t.connect();
  await rival.query("begin");
  await rival.query(text);
  return rival;
}

test("DAGs that are due at once are brought on together; what befalls one of them befalls no other (B5, I1, I4)", async () => {
  const steps = await publish("runs", "paused", "edited", "made", "planned");
  await t.store.dags.setPaused("paused", true);
  await t.publish(dagSpec("edited", [taskSpec("c")], hourly));
  await t.store.runs.createRun(newRun("made", { ...hour(0), runType: "backfill", runId: "by hand" }));
  const { outcomes, started } = await t.store.scheduler.advanceTimetables(
    term,
    steps.map((step) => (step.dagId === "planned" ? { ...step, run: null } : step)),
  );
  expect(outcomes).toEqual(["created", "left_alone", "left_alone", "exists", "planned"]);
  expect(started.map((run) => [run.dagId, run.runId, run.state])).toEqual([["runs", "scheduled__0", "running"]]);
  expect(await t.states(only(started).runKey)).toEqual({ a: "none", b: "none" });
  expect(await t.sql(`select dag_id from polyflow.dag where schedule_state = 'planned' order by dag_id`)).toEqual([
    { dag_id: "made" },
    { dag_id: "planned" },
    { dag_id: "runs" },
  ]);
});

test("a run is started with its creation only while its DAG has room and no older run waits (A2)", async () => {
  const [busy, waits, free] = await publish("busy", "waits", "free");
  if (busy === undefined || waits === undefined || free === undefined) throw new Error("three steps were made");
  await t.publish(dagSpec("busy", [taskSpec("a")], { ...hourly, maxActiveRuns: 1, runTimeoutMs: 60_000 }));
  await t.startRun(term, "busy");
  await t.store.runs.createRun(newRun("waits", { runId: "older" }));
  const { outcomes, started } = await t.store.scheduler.advanceTimetables(term, [await due("busy"), waits, free]);
  expect(outcomes).toEqual(["created", "created", "created"]);
  expect(started.map((run) => run.dagId)).toEqual(["free"]);
  const later = await t.store.scheduler.startQueuedRuns(term, 10);
  expect(later.map((run) => run.runId).toSorted()).toEqual(["older", "scheduled__0"]);
});

test("the time limit of a run that is started with its creation counts from then (A2)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")], { ...hourly, runTimeoutMs: 60_000 }));
  const { started } = await t.store.scheduler.advanceTimetables(term, [await due("d")]);
  expect(await t.store.scheduler.timeOutRuns(term, new Date(START.getTime() + 59_999))).toEqual([]);
  expect(await t.store.scheduler.timeOutRuns(term, new Date(START.getTime() + 60_000))).toEqual([only(started).runKey]);
});

test.each([
  ["its row", "select from polyflow.dag where dag_id = 'held' for update"],
  ["its newest run", "update polyflow.dag_newest_run set state = null where dag_id = 'held'"],
  [
    "a run of the same date",
    `insert into polyflow.dag_run (dag_id, run_id, run_type, state, dag_version_id, logical_date, run_after, queued_at, conf, triggered_by)
     select dag_id, 'other', 'manual', 'queued', current_version_id, '${START.toISOString()}'::timestamptz - interval '1 hour',
            '2000-01-01', '2000-01-01', '{}', 'rest_api'
     from polyflow.dag where dag_id = 'held'`,
  ],
])("a transaction that holds a DAG by %s keeps no other DAG from its runs (Airflow #70614)", async (_what, text) => {
  const dagIds = ["a", "b", "held", "x", "y"];
  const steps = await publish(...dagIds);
  if (text.startsWith("insert")) await t.store.runs.createRun(newRun("held", { runId: "newer" }));
  const client = await holdOpen(text);
  const { outcomes } = await t.store.scheduler.advanceTimetables(term, steps);
  expect(outcomes).toEqual(dagIds.map((dagId) => (dagId === "held" ? "busy" : "created")));
  await client.query("rollback");
  expect(await t.advanceTimetable(term, await due("held"))).toBe("created");
});

test.each([
  ["its row", "update polyflow.dag_run set note = 'rival' where run_id = 'held'"],
  ["the newest run of its DAG", "update polyflow.dag_newest_run set run_after = run_after where dag_id = 'd'"],
])("a transaction that holds a queued run by %s keeps no other run from its start (Airflow #70614)", async (_what, text) => {
  await t.publish(dagSpec("d", [taskSpec("a")]));
  await t.publish(dagSpec("other", [taskSpec("a")]));
  await t.store.runs.createRun(newRun("d", { runId: "held" }));
  await t.store.runs.createRun(newRun("other", { runId: "free" }));
  const client = await holdOpen(text);
  expect((await t.store.scheduler.startQueuedRuns(term, 10)).map((run) => run.runId)).toEqual(["free"]);
  await client.query("rollback");
  expect((await t.store.scheduler.startQueuedRuns(term, 10)).map((run) => run.runId)).toEqual(["held"]);
});

test("a timer is set for no DAG that is left out, so that it does not hide the next instant of others (B13)", async () => {
  const [held, other] = await publish("held", "other");
  if (held === undefined || other === undefined) throw new Error("two steps were made");
  await t.plan(term, held, hour(-1));
  await t.plan(term, other, hour(2));
  expect(await t.store.scheduler.nextDueAt()).toEqual(hour(-1).runAfter);
  expect(await t.store.scheduler.nextDueAt(["held"])).toEqual(hour(2).runAfter);
});
