import { afterAll, beforeEach, expect, test } from "vitest";
import { dagSpec, newRun, START, TestStore, taskSpec } from "../fixture/test-store.ts";

let t: TestStore;
beforeEach(async () => {
  await t?.close();
  t = await TestStore.open();
});
afterAll(() => t.close());

const expire = () => t.sql("update polyflow.leader_lease set expires_at = now() - interval '1 second'");

test("of many that ask at once one leads (I9, G4)", async () => {
  const other = await t.another();
  const terms = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      (index % 2 === 0 ? t.store : other).scheduler.acquireLease("scheduler", `holder ${index}`, 60_000),
    ),
  );
  expect(terms.filter((term) => term !== undefined)).toHaveLength(1);
});

test("a lease is renewed in its own term, taken over when it is over, and every take-over is a new term (I9)", async () => {
  const first = await t.lead("first");
  expect(await t.store.scheduler.acquireLease("scheduler", "second", 60_000)).toBeUndefined();
  expect(await t.store.scheduler.renewLease(first, 60_000)).toBe(true);
  await expire();
  const second = await t.lead("second");
  expect(second.term).toBe(first.term + 1);
  expect(await t.store.scheduler.renewLease(first, 60_000)).toBe(false);
  await t.store.scheduler.releaseLease(first);
  expect(await t.store.scheduler.acquireLease("scheduler", "third", 60_000)).toBeUndefined();
  await t.store.scheduler.releaseLease(second);
  expect((await t.lead("third")).term).toBe(second.term + 1);
});

test("a holder that restarted under its own name begins a new term, the former is over", async () => {
  const former = await t.lead("me");
  const current = await t.lead("me");
  expect(current.term).toBe(former.term + 1);
  expect(await t.store.scheduler.renewLease(former, 60_000)).toBe(false);
});

test("every write of a term that is over is refused and changes nothing (I9)", async () => {
  await t.publish(dagSpec("d", [taskSpec("a")], { schedule: { kind: "interval", everyMs: 1000 } }));
  const old = await t.lead("old");
  const run = await t.startRun(old, "d");
  await t.store.runs.createRun(newRun("d", { runId: "waiting" }));
  const { a } = await t.facts(run.runKey);
  if (a === undefined) throw new Error("no task");
  await expire();
  await t.lead("new");
  const { scheduler } = t.store;
  const next = { logicalDate: START, dataIntervalStart: START, dataIntervalEnd: START, runAfter: START };
  const step = { dagId: "d", versionId: run.versionId, run: null, next };
  const lost = {
    ...run,
    attemptId: a.taskInstanceId as never,
    taskInstanceId: a.taskInstanceId,
    taskId: "a",
    tryNumber: 1,
    losses: 0,
    workerHasLeft: false,
  };
  const tasks = [{ taskInstanceId: a.taskInstanceId, from: "none", to: "scheduled", reason: null }] as const;
  const runs = [{ runKey: run.runKey, to: "failed", reason: null }] as const;
  const writes = [
    () => scheduler.advanceTimetables(old, [{ ...step, run: newRun("d", { ...next, runId: "late" }) }]),
    () => scheduler.advanceTimetables(old, [step]),
    () => scheduler.startQueuedRuns(old, 10),
    () => scheduler.applySchedule(old, { tasks, runs }, { parallelism: 10 }),
    () => scheduler.wakeDueRetries(old, t.now, 10),
    () => scheduler.timeOutRuns(old, t.now),
    () => scheduler.resolveLostAttempt(old, lost, "failed", "x"),
  ];
  const before = await everything();
  for (const write of writes) await expect(write()).rejects.toMatchObject({ code: "leadership_lost" });
  expect(await everything()).toEqual(before);
});

async function everything(): Promise<unknown> {
  return [
    await t.sql("select * from polyflow.dag"),
    await t.sql("select * from polyflow.dag_run order by run_id"),
    await t.sql("select * from polyflow.task_instance order by 1"),
  ];
}
