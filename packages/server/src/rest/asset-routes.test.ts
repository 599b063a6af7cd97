import type { AssetReference } from "@polyflow/contracts";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { callAttempt, registerWorker, startAttempt } from "../testing/started-attempt.ts";
import { testFile, testSpec, testTask } from "../testing/test-dags.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

const orders: AssetReference = { kind: "asset", name: "orders", uri: "db://orders", group: "table", extra: { owner: "sales" } };
const secret: AssetReference = { kind: "asset", name: "secret", uri: "db://secret", group: "table", extra: {} };
const none = { schedule: { kind: "none" } } as const;

let kit: TestServer;
let admin: string;
let limited: string;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  await kit.store.dags.publishParsedFile(
    testFile("assets.ts", [
      testSpec("maker", { ...none, tasks: [testTask("extract", { outlets: [orders, { kind: "alias", name: "years", group: "table" }] })] }),
      testSpec("reader", { schedule: { kind: "asset", condition: orders }, tasks: [testTask("extract", { inlets: [orders] })] }),
    ]),
  );
  await kit.store.dags.publishParsedFile(
    testFile("hidden.ts", [
      testSpec("hidden", { ...none, tasks: [testTask("extract", { inlets: [orders], outlets: [secret] })] }),
      testSpec("hidden_reader", { schedule: { kind: "asset", condition: orders }, tasks: [testTask("extract")] }),
    ]),
  );
  admin = await kit.tokenOf("Admin");
  limited = await kit.tokenWith([
    { action: "read", resource: "Assets" },
    { action: "read", resource: "Asset Aliases" },
    ...["maker", "reader"].flatMap((dagId) =>
      (["DAGs", "DAG Runs"] as const).map((resource) => ({ action: "read" as const, resource, dagId })),
    ),
  ]);
});
afterAll(() => kit.close());

const get = (url: string, token = admin) => kit.send({ url: `/api/v2${url}` }, token);
const idOf = async (name: string): Promise<number> => Number((await get(`/assets?name_pattern=${name}`)).body["assets"]?.[0]?.["id"]);

test("an asset shows who makes it, who uses it, whom it triggers (A12)", async () => {
  const answer = await get(`/assets/${await idOf("orders")}`);
  expect(answer.body, answer.text).toMatchObject({
    name: "orders",
    uri: "db://orders",
    group: "table",
    extra: { owner: "sales" },
    producing_tasks: [{ dag_id: "maker", task_id: "extract" }],
    consuming_tasks: [
      { dag_id: "hidden", task_id: "extract" },
      { dag_id: "reader", task_id: "extract" },
    ],
    scheduled_dags: [{ dag_id: "hidden_reader" }, { dag_id: "reader" }],
    last_asset_event: null,
  });
});

test("an update from outside queues the DAGs that wait for it, and is audited by the names of what it says", async () => {
  const assetId = await idOf("orders");
  const made = await kit.send({ method: "POST", url: "/api/v2/assets/events", body: { asset_id: assetId, extra: { rows: 3 } } }, admin);
  expect(made.body, made.text).toMatchObject({
    name: "orders",
    extra: { rows: 3, from_rest_api: true },
    source_dag_id: null,
    source_map_index: -1,
  });
  expect((await get("/dags/reader/assets/queuedEvents")).body).toMatchObject({ queued_events: [{ asset_id: assetId, events: 1 }] });
  expect((await get(`/assets/${assetId}/queuedEvents`)).body).toMatchObject({ total_entries: 2 });
  const [entry] = await kit.store.identity.listAudit(1, 0);
  expect(entry).toMatchObject({ event: "create_asset_event", details: { extra_keys: ["rows"] } });
  const dropped = await kit.send({ method: "DELETE", url: "/api/v2/dags/reader/assets/queuedEvents" }, admin);
  expect(dropped.status).toBe(204);
  expect((await get("/dags/reader/assets/queuedEvents")).body["total_entries"]).toBe(0);
  expect((await kit.send({ method: "POST", url: "/api/v2/assets/events", body: { asset_id: 999_999 } }, admin)).status).toBe(404);
});

test("a task updates what it declares, through an alias anything, and nothing else (A12, D6)", async () => {
  const attempt = await startAttempt(kit, await registerWorker(kit), { dagId: "maker" });
  expect(attempt.started["outlets"]).toMatchObject([{ name: "orders" }, { name: "years" }]);
  const assets = [
    { name: "orders", extra: { rows: 7 } },
    { name: "secret", extra: {} },
    { name: "orders_2026", extra: {}, alias: "years" },
    { name: "other", extra: {}, alias: "unknown" },
  ];
  const ended = await callAttempt(kit, attempt, "finish", { kind: "success", assets });
  expect(ended.status, ended.text).toBe(204);
  const events = await get(`/assets/events?source_run_id=${attempt.runId}`);
  expect(events.body["total_entries"]).toBe(2);
  expect(events.text).toContain("orders_2026");
  expect(events.text).not.toContain("secret");
  expect((await get("/assets/aliases")).body).toMatchObject({ asset_aliases: [{ name: "years" }] });
});

test("a task reads the updates of its inlets alone", async () => {
  const attempt = await startAttempt(kit, await registerWorker(kit), { dagId: "reader" });
  const seen = await callAttempt(kit, attempt, "asset-events?name=orders");
  expect(seen.body["events"]?.[0], seen.text).toMatchObject({ name: "orders", extra: { rows: 7 } });
  expect((await callAttempt(kit, attempt, "asset-events?name=secret")).status).toBe(404);
});

test("materialize runs the one DAG that makes the asset", async () => {
  const made = await kit.send({ method: "POST", url: `/api/v2/assets/${await idOf("orders")}/materialize`, body: {} }, admin);
  expect(made.body, made.text).toMatchObject({ dag_id: "maker", state: "queued" });
});

test("whoever may not read a DAG learns of it neither by assets, events, queues nor the graph (CVE-2023-42780's kind: dependencies)", async () => {
  const answers = [
    await get("/assets", limited),
    await get(`/assets/${await idOf("orders")}`, limited),
    await get("/assets/events", limited),
    await get("/assets/lineage", limited),
    await get(`/assets/${await idOf("orders")}/queuedEvents`, limited),
  ];
  for (const answer of answers) {
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).not.toMatch(/hidden|secret/);
  }
  expect(answers[0]?.body["total_entries"]).toBeGreaterThan(0);
  const foreign = await get(`/assets/${await idOf("secret")}`, limited);
  expect([foreign.status, foreign.body["code"]]).toEqual([404, "asset_not_found"]);
  expect((await get("/dags/hidden_reader/assets/queuedEvents", limited)).status).toBe(403);
});

test("the graph has an edge for each use, the way that data goes", async () => {
  const id = await idOf("orders");
  const { body } = await get(`/assets/lineage?asset_id=${id}`);
  expect(body["edges"]).toEqual(
    expect.arrayContaining([
      { source: "dag:maker", target: `asset:${id}`, role: "outlet", task_id: "extract" },
      { source: `asset:${id}`, target: "dag:reader", role: "schedule", task_id: null },
    ]),
  );
});
