import type { AssetReference } from "@polyflow/contracts";
import type { AssetTriggeredDag, LeaderTerm, NewAssetEvent } from "@polyflow/store";
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

const asset = (name: string): AssetReference => ({ kind: "asset", name, uri: `db://${name}`, group: "asset", extra: {} });
const alias = (name: string): AssetReference => ({ kind: "alias", name, group: "asset" });
const by = (...of: readonly AssetReference[]) => ({ schedule: { kind: "asset", condition: { kind: "all", of } } }) as const;
const update = (name: string, changes: Partial<NewAssetEvent> = {}): NewAssetEvent => ({
  name,
  uri: `db://${name}`,
  group: "asset",
  extra: {},
  alias: null,
  ...changes,
});

const producer = dagSpec("producer", [taskSpec("make", { outlets: [asset("orders"), alias("any")] })]);

/** Runs the producer's task, which updates assets with its end. */
async function produce(runId: string, assets: readonly NewAssetEvent[]): Promise<boolean> {
  const run = await t.startRun(term, "producer", { runId });
  const { attemptId } = only(await t.schedule(term, run.runKey, ["make"]));
  await t.store.execution.claimAttempt(attemptId, await t.store.execution.registerWorker({ name: runId, hostname: "h", slots: 1 }));
  return t.store.execution.finishAttempt(attemptId, { to: "success", output: undefined, assets });
}

const triggered = async (): Promise<readonly AssetTriggeredDag[]> => (await t.store.scheduler.listAssetTriggeredDags(10)).dags;

const createRun = (dag: AssetTriggeredDag, runId: string) =>
  t.store.scheduler.createAssetRun(term, { dagId: dag.dagId, versionId: dag.versionId, eventIds: dag.eventIds, runId, runAfter: START });

test("a task's end and its updates are one; a run answers all that wait, once, and its tasks know them (A12, I1, I21; Airflow #54491, #63507, #68045 made several)", async () => {
  await t.publish(producer);
  await t.publish(dagSpec("consumer", [taskSpec("use")], by(asset("orders"))));
  expect(await produce("p1", [update("orders", { extra: { rows: 3 } })])).toBe(true);
  await produce("p2", [update("orders")]);
  const dag = only(await triggered());
  expect(dag).toMatchObject({ dagId: "consumer", assets: ["orders"], aliases: [] });
  expect(dag.eventIds).toHaveLength(2);
  const runs = await Promise.all(["c1", "c2", "c3"].map((runId) => createRun(dag, runId)));
  expect(runs.filter((runKey) => runKey !== undefined)).toHaveLength(1);
  expect(await triggered()).toEqual([]);
  const [made] = (await t.store.runs.listRuns({ dagIds: ["consumer"], limit: 9, offset: 0 })).rows;
  expect(made).toMatchObject({ runType: "asset_triggered", triggeredBy: "asset", logicalDate: null });
  await t.store.scheduler.startQueuedRuns(term, 10);
  const { attemptId } = only(await t.schedule(term, runs.find((runKey) => runKey !== undefined)!, ["use"]));
  const claimed = await t.store.execution.claimAttempt(
    attemptId,
    await t.store.execution.registerWorker({ name: "w", hostname: "h", slots: 1 }),
  );
  expect(claimed?.triggeringAssetEvents?.["orders"]).toMatchObject([
    { extra: { rows: 3 }, at: START.toISOString(), sourceDagId: "producer", sourceRunId: "p1", sourceTaskId: "make", sourceMapIndex: -1 },
    { sourceRunId: "p2" },
  ]);
  const events = await t.store.assets.listAssetEvents({ limit: 9, offset: 0 });
  expect(events.rows.map((event) => event.createdRuns.map((run) => run.dagId))).toEqual([["consumer"], ["consumer"]]);
});

test("an end that counts no more updates nothing (I8)", async () => {
  await t.publish(producer);
  await t.publish(dagSpec("consumer", [taskSpec("use")], by(asset("orders"))));
  const run = await t.startRun(term, "producer");
  const { attemptId } = only(await t.schedule(term, run.runKey, ["make"]));
  expect(await t.store.execution.finishAttempt(attemptId, { to: "success", output: 1, assets: [update("orders")] })).toBe(false);
  expect(await t.sql("select from polyflow.asset_event")).toEqual([]);
});

test("a run is refused whole when an update that it would answer was dropped meanwhile; the others still wait", async () => {
  await t.publish(producer);
  await t.publish(dagSpec("consumer", [taskSpec("use")], by(asset("orders"), asset("other"))));
  await produce("p1", [update("orders")]);
  const [other] = (await t.store.assets.listAssets({ namePattern: "other", limit: 1, offset: 0 })).rows;
  await t.store.assets.createAssetEvent(other?.assetId ?? 0, { by: "hand" });
  const dag = only(await triggered());
  expect(dag.assets).toEqual(["orders", "other"]);
  expect(await t.store.assets.deleteQueuedAssets({ dagId: "consumer", assetId: other?.assetId ?? 0 })).toBe(1);
  expect(await createRun(dag, "c1")).toBeUndefined();
  expect(only(await triggered()).assets).toEqual(["orders"]);
  expect(await t.store.assets.listQueuedAssets({ dagId: "consumer" })).toMatchObject([{ name: "orders", events: 1 }]);
});

test("an alias stands for what was updated through it, also when the asset was never declared", async () => {
  await t.publish(producer);
  await t.publish(dagSpec("consumer", [taskSpec("use")], by(alias("any"))));
  await produce("p1", [update("sales_2026", { alias: "any" })]);
  expect(only(await triggered())).toMatchObject({ assets: ["sales_2026"], aliases: ["any"] });
  expect((await t.store.assets.listAssets({ namePattern: "sales%", onlyActive: false, limit: 9, offset: 0 })).rows).toMatchObject([
    { name: "sales_2026", aliases: [{ name: "any" }] },
  ]);
});

test("a paused DAG does not make up for updates; one without room waits and takes all at once", async () => {
  await t.publish(producer);
  await t.publish(dagSpec("consumer", [taskSpec("use")], { ...by(asset("orders")), maxActiveRuns: 1 }));
  await t.store.dags.setPaused("consumer", true);
  await produce("p1", [update("orders")]);
  await t.store.dags.setPaused("consumer", false);
  expect(await triggered()).toEqual([]);
  await produce("p2", [update("orders")]);
  await createRun(only(await triggered()), "c1");
  await produce("p3", [update("orders")]);
  await produce("p4", [update("orders")]);
  expect(await t.store.scheduler.listAssetTriggeredDags(10)).toEqual({ crowded: 1, dags: [] });
  await t.store.runs.markRun("consumer", "c1", "success");
  expect(only(await triggered()).eventIds).toHaveLength(2);
});

test("what a DAG uses follows its newest version; updates for a schedule that is gone are dropped", async () => {
  await t.publish(producer);
  await t.publish(dagSpec("consumer", [taskSpec("use", { inlets: [asset("orders")] })], by(asset("orders"))));
  await produce("p1", [update("orders")]);
  const [orders] = (await t.store.assets.listAssets({ namePattern: "orders", limit: 1, offset: 0 })).rows;
  expect(orders?.uses.map(({ dagId, role, taskId }) => [dagId, role, taskId])).toEqual([
    ["consumer", "inlet", "use"],
    ["consumer", "schedule", null],
    ["producer", "outlet", "make"],
  ]);
  await t.publish(dagSpec("consumer", [taskSpec("use")]));
  expect(await t.sql("select from polyflow.asset_queue")).toEqual([]);
  const seen = await t.store.assets.listAssets({ readableDagIds: ["consumer"], limit: 9, offset: 0 });
  expect(seen.total).toBe(0);
});
