import type { DagRunKey, DagRunType, TaskInstanceState } from "@polyflow/contracts";
import type { PastFactsRequest } from "@polyflow/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dagSpec, newRun, START, TestStore, taskSpec } from "../fixture/test-store.ts";

const DAY_MS = 86_400_000;
let t: TestStore;
beforeAll(async () => {
  t = await TestStore.open();
});
afterAll(() => t.close());

const day = (number: number): Date => new Date(START.getTime() + number * DAY_MS);

async function run(dagId: string, number: number, runType: DagRunType = "scheduled", logicalDate: Date | null = day(number)) {
  const { runKey } = await t.store.runs.createRun(newRun(dagId, { runId: `${runType}__${number}`, runType, logicalDate }));
  return runKey;
}

async function setState(runKey: DagRunKey, taskId: string, state: TaskInstanceState): Promise<void> {
  await t.sql("update polyflow.task_instance set state = $3, end_date = now() where dag_run_id = $1 and task_id = $2", [
    runKey,
    taskId,
    state,
  ]);
}

const pastOf = (runKey: DagRunKey, window: Partial<PastFactsRequest> = {}, taskIds: readonly string[] = ["a"]) =>
  t.store.scheduler.loadPastFacts([{ runKey, taskIds, skipsManualRuns: false, since: null, ...window }]);

test("the previous run is the one with the next earlier logical date, of this DAG alone (A2)", async () => {
  await t.publish(dagSpec("other", [taskSpec("a")]));
  await run("other", 1);
  await t.publish(dagSpec("d", [taskSpec("a"), taskSpec("b")]));
  const later = await run("d", 9);
  const first = await run("d", 1);
  const second = await run("d", 2);
  await setState(first, "a", "failed");
  expect(await pastOf(first)).toEqual([]);
  expect(await pastOf(second, {}, ["a", "b"])).toEqual([
    { runKey: second, taskId: "a", previousRunKey: first, previousRunId: "scheduled__1", states: ["failed"], hadInstances: true },
    { runKey: second, taskId: "b", previousRunKey: first, previousRunId: "scheduled__1", states: ["none"], hadInstances: true },
  ]);
  // A run that is created in between, as a backfill does, is the previous one from then on.
  expect(await pastOf(later)).toMatchObject([{ previousRunKey: second }]);
  const between = await run("d", 5, "backfill");
  expect(await pastOf(later)).toMatchObject([{ previousRunKey: between }]);
});

test("with catchup manual runs and runs before the start are no past; a run without a logical date has none (A2)", async () => {
  await t.publish(dagSpec("catchup", [taskSpec("a")]));
  const first = await run("catchup", 1);
  const manual = await run("catchup", 2, "manual");
  const third = await run("catchup", 3);
  expect(await pastOf(third)).toMatchObject([{ previousRunKey: manual }]);
  expect(await pastOf(third, { skipsManualRuns: true })).toMatchObject([{ previousRunKey: first }]);
  expect(await pastOf(third, { skipsManualRuns: true, since: day(1) })).toHaveLength(1);
  expect(await pastOf(third, { skipsManualRuns: true, since: day(2) })).toEqual([]);
  expect(await pastOf(await run("catchup", 4, "manual", null))).toEqual([]);
});

test("all map indexes count; a new task is told from one that only the previous run lacks (A2)", async () => {
  await t.publish(dagSpec("edited", [taskSpec("a")]));
  const mapped = await run("edited", 1);
  await t.sql(
    `insert into polyflow.task_instance (dag_run_id, task_id, map_index, position, max_tries, operator, pool, pool_slots, queue, priority_weight, run_after)
     select dag_run_id, task_id, 0, position, max_tries, operator, pool, pool_slots, queue, priority_weight, run_after
     from polyflow.task_instance where dag_run_id = $1`,
    [mapped],
  );
  await setState(mapped, "a", "success");
  await t.publish(dagSpec("edited", [taskSpec("b")]));
  const without = await run("edited", 2);
  expect(await pastOf(without, {}, ["a", "b"])).toMatchObject([
    { taskId: "a", states: ["success", "success"], hadInstances: true },
    { taskId: "b", states: [], hadInstances: false },
  ]);
  await t.publish(dagSpec("edited", [taskSpec("a"), taskSpec("b")]));
  const again = await run("edited", 3);
  expect(await pastOf(again, {}, ["a", "b"])).toMatchObject([
    { taskId: "a", previousRunKey: without, states: [], hadInstances: true },
    { taskId: "b", states: ["none"], hadInstances: true },
  ]);
});

test("the pasts of a thousand tasks are one round trip that reads one run each, however many there are (A2)", async () => {
  const many = Array.from({ length: 1_000 }, (_, index) => taskSpec(`t${index}`));
  await t.publishAs({ relativePath: "wide.ts", code: "wide" }, dagSpec("wide", many));
  await t.sql(
    `insert into polyflow.dag_run (dag_id, run_id, run_type, state, dag_version_id, logical_date, run_after, queued_at, start_date, end_date, conf, triggered_by)
     select dag_id, 'old__' || n, 'scheduled', 'success', current_version_id, $1::timestamptz - n * interval '1 day', $1, $1, $1, $1, '{}', 'test'
     from polyflow.dag, generate_series(1, 20000) n where dag_id = 'wide'`,
    [START],
  );
  await run("wide", 1);
  const last = await run("wide", 2);
  await t.sql("analyze polyflow.dag_run");
  const begun = performance.now();
  const past = await pastOf(
    last,
    {},
    many.map((task) => task.taskId),
  );
  expect(past.filter(({ states }) => states.join() === "none")).toHaveLength(1_000);
  // Reading all runs for each of the tasks takes minutes.
  expect(performance.now() - begun).toBeLessThan(3_000);
});
