import type { BrowseTasksQuery, KeysetPage } from "@polyflow/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dagSpec, newRun, START, TestStore, taskSpec } from "../fixture/test-store.ts";

let t: TestStore;
const RUNS = 7;
beforeAll(async () => {
  t = await TestStore.open();
  await t.publish(dagSpec("sales", [taskSpec("load", { pool: "narrow", poolSlots: 2 }), taskSpec("check")]));
  await t.publish(dagSpec("100%_stock", [taskSpec("load")]));
  // Three share an instant, so that a page can end in the middle of them.
  for (let index = 0; index < RUNS; index++) {
    const at = new Date(START.getTime() + Math.min(index, RUNS - 3) * 60_000);
    await t.store.runs.createRun(newRun("sales", { runId: `manual__${index}`, runAfter: at, triggeringUser: index === 0 ? "ann" : null }));
  }
  await t.store.runs.createRun(newRun("100%_stock", { runId: "manual__0", runType: "backfill", runAfter: START }));
});
afterAll(() => t.close());

/** All pages of a list, in order. */
async function walk<Row>(page: (after: string | undefined) => Promise<KeysetPage<Row>>): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const answer: KeysetPage<Row> = await page(after);
    rows.push(...answer.rows);
    after = answer.next ?? undefined;
  }
  return rows;
}
const from = (after: string | undefined) => (after === undefined ? {} : { after });

test("C5: runs of all DAGs come page by page, newest first, none twice and none left out", async () => {
  const rows = await walk((after) => t.store.browse.pageRuns({ limit: 2, ...from(after) }));
  expect(rows).toHaveLength(RUNS + 1);
  expect(new Set(rows.map((run) => run.runKey)).size).toBe(RUNS + 1);
  const times = rows.map((run) => run.runAfter.getTime());
  expect(times).toEqual(times.toSorted((left, right) => right - left));
});

test("C5: task instances and XComs walk the same way", async () => {
  const tasks = await walk((after) => t.store.browse.pageTaskInstances({ limit: 3, ...from(after) }));
  expect(tasks).toHaveLength(RUNS * 2 + 1);
  expect(new Set(tasks.map((task) => task.taskInstanceId)).size).toBe(RUNS * 2 + 1);
  await t.sql(
    "insert into polyflow.xcom (task_instance_id, key, value, at) select task_instance_id, key, '1', now() from polyflow.task_instance, unnest(array['a', 'b']) key",
  );
  const xcoms = await walk((after) => t.store.browse.pageXComs({ limit: 4, dag: "sales", ...from(after) }));
  expect(new Set(xcoms.map((entry) => `${entry.runId} ${entry.taskId} ${entry.key}`)).size).toBe(RUNS * 4);
  expect(Object.keys(xcoms[0] ?? {})).not.toContain("value");
});

test("C5: what few DAGs have is found along their runs, page by page like all", async () => {
  const runs = await walk((after) => t.store.browse.pageRuns({ limit: 2, dag: "SALES", states: ["queued", "failed"], ...from(after) }));
  expect(new Set(runs.map((run) => run.runId)).size).toBe(RUNS);
  const tasks = await walk((after) => t.store.browse.pageTaskInstances({ limit: 2, task: "check", ...from(after) }));
  expect(tasks.map((task) => task.runId)).toEqual(runs.map((run) => run.runId));
  expect(await walk((after) => t.store.browse.pageTaskInstances({ limit: 2, operator: "nowhere", ...from(after) }))).toEqual([]);
  const [first] = runs;
  await t.sql("update polyflow.dag_run set state = 'failed', end_date = now() where dag_run_id = $1", [first?.runKey]);
  const failed = await t.store.browse.pageRuns({ limit: 5, states: ["failed"] });
  expect(failed.rows.map((run) => run.runId)).toEqual([first?.runId]);
  const either = await walk((after) => t.store.browse.pageRuns({ limit: 3, states: ["failed", "queued"], ...from(after) }));
  expect(either).toHaveLength(RUNS + 1);
  await t.sql("update polyflow.dag_run set state = 'queued', end_date = null where dag_run_id = $1", [first?.runKey]);
});

test("C5: filters narrow, and letters that LIKE would read as signs are plain letters", async () => {
  const ids = async (query: object) =>
    (await t.store.browse.pageRuns({ limit: 50, ...query })).rows.map((run) => `${run.dagId} ${run.runId}`);
  expect(await ids({ dag: "100%_" })).toEqual(["100%_stock manual__0"]);
  expect(await ids({ dag: "1__%" })).toEqual([]);
  expect(await ids({ types: ["backfill"] })).toEqual(["100%_stock manual__0"]);
  expect(await ids({ user: "ann" })).toEqual(["sales manual__0"]);
  expect(await ids({ states: ["failed"] })).toEqual([]);
  expect(await ids({ from: new Date(START.getTime() + 60_000), until: new Date(START.getTime() + 180_000) })).toEqual([
    "sales manual__2",
    "sales manual__1",
  ]);
  expect(await ids({ readableDagIds: [] })).toEqual([]);
  const { rows } = await t.store.browse.pageTaskInstances({ limit: 50, pool: "narrow", task: "LOAD" });
  expect(rows).toHaveLength(RUNS);
});

test("a place that is none is refused, not read as the beginning", async () => {
  for (const after of ["", "x", Buffer.from('["2026-01-01"]').toString("base64url"), Buffer.from('[1,{"a":2}]').toString("base64url")]) {
    await expect(t.store.browse.pageRuns({ limit: 2, after })).rejects.toMatchObject({ code: "request_invalid" });
  }
  const notAnInstant = Buffer.from('["yesterday-ish","x"]').toString("base64url");
  await expect(t.store.browse.pageRuns({ limit: 2, after: notAnInstant })).rejects.toMatchObject({ code: "request_invalid" });
});

test("D5: the audit log walks by time and number", async () => {
  for (let index = 0; index < 5; index++) {
    const names = { dagId: index < 2 ? "sales" : null, runId: null, taskId: null };
    await t.store.identity.appendAudit({ username: "ann", remoteAddress: null, event: `event_${index}`, ...names, details: {} });
  }
  const rows = await walk((after) => t.store.browse.pageAudit({ limit: 2, ...from(after) }));
  expect(rows.map((row) => row.event)).toEqual(["event_4", "event_3", "event_2", "event_1", "event_0"]);
  expect((await t.store.browse.pageAudit({ limit: 9, dag: "SAL" })).rows).toHaveLength(2);
});

test("C4: a pool says what runs, waits and is queued, in slots", async () => {
  await t.store.pools.savePool({ name: "narrow", slots: 3, description: null, includeDeferred: false }, { overwrite: false });
  await expect(
    t.store.pools.savePool({ name: "narrow", slots: 9, description: null, includeDeferred: false }, { overwrite: false }),
  ).rejects.toMatchObject({
    code: "pool_exists",
  });
  const term = await t.lead();
  const run = await t.startRun(term, "sales", { runId: "pools", runAfter: START });
  await t.schedule(term, run.runKey, ["load", "check"]);
  expect(await t.store.pools.getPool("narrow")).toEqual({
    name: "narrow",
    slots: 3,
    includeDeferred: false,
    description: null,
    running: 0,
    queued: 2,
    scheduled: 0,
    deferred: 0,
  });
  expect((await t.store.pools.listPools()).map((pool) => [pool.name, pool.queued])).toEqual([
    ["default_pool", 1],
    ["narrow", 2],
  ]);
  expect(await t.store.pools.deletePool("narrow")).toBe(true);
  expect(await t.store.pools.deletePool("narrow")).toBe(false);
});

test("C5: jobs are the components that were seen and the workers", async () => {
  await t.store.recordHeartbeat("scheduler");
  const jobs = await t.store.browse.listJobs(10);
  expect(jobs.map(({ id, kind, name }) => ({ id, kind, name }))).toEqual([{ id: 1, kind: "scheduler", name: "leader" }]);
});

test("C5: what waits outside of a process, longest first, page by page", async () => {
  await t.sql(
    `update polyflow.task_instance set state = 'up_for_retry', next_retry_at = now() + interval '1 hour', try_number = 1, attempt_id = null where task_id = 'check'`,
  );
  const rows = await walk((after) => t.store.browse.pageWaits({ limit: 3, ...from(after) }));
  const { rows: all } = await t.store.browse.pageTaskInstances({ limit: 50, task: "check" });
  const ids = (of: readonly { readonly taskInstanceId: string }[]) => of.map(({ taskInstanceId }) => taskInstanceId).toSorted();
  expect(ids(rows)).toEqual(ids(all));
  expect(rows[0]).toMatchObject({ taskId: "check", state: "up_for_retry", waits: 0, trigger: null, isWatched: false, watcher: null });
  expect((await t.store.browse.pageWaits({ limit: 50, states: ["deferred"] })).rows).toEqual([]);
  expect((await t.store.browse.pageWaits({ limit: 50, dag: "stock" })).rows).toEqual([]);
});

test("C5: states that seldom occur and states of unfinished tasks come page by page as all others", async () => {
  await t.sql("update polyflow.task_instance set state = 'none', next_retry_at = null, attempt_id = null, queued_at = null");
  const { rows: all } = await t.store.browse.pageTaskInstances({ limit: 50 });
  const state = { 1: "failed", 4: "skipped", 8: "queued", 11: "failed" } as const;
  for (const [index, name] of Object.entries(state)) {
    const isEnded = name !== "queued";
    await t.sql(
      `update polyflow.task_instance set state = '${name}', try_number = 1, attempt_id = gen_random_uuid(), end_date = ${isEnded ? "now()" : "null"}
       where task_instance_id = '${all[Number(index)]?.taskInstanceId}'`,
    );
  }
  const idsAt = (...indexes: readonly number[]) => indexes.map((index) => all[index]?.taskInstanceId);
  const walked = async (query: BrowseTasksQuery) =>
    (await walk((after) => t.store.browse.pageTaskInstances({ ...query, limit: 1, ...from(after) }))).map((task) => task.taskInstanceId);
  expect(await walked({ limit: 1, states: ["failed"] })).toEqual(idsAt(1, 11));
  expect(await walked({ limit: 1, states: ["skipped", "failed"] })).toEqual(idsAt(1, 4, 11));
  expect(await walked({ limit: 1, states: ["failed", "queued"] })).toEqual(idsAt(1, 8, 11));
  expect(await walked({ limit: 1, states: ["queued", "running"] })).toEqual(idsAt(8));
  expect(await walked({ limit: 1, states: ["success", "failed"] })).toEqual(idsAt(1, 11));
  expect(await walked({ limit: 1, states: ["failed"], task: "no such" })).toEqual([]);
});
