import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let kit: TestServer;
let admin: string;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  admin = await kit.tokenOf("Admin");
});
afterAll(() => kit.close());

const range = { dag_id: "own", from_date: "2026-01-10T00:00:00Z", to_date: "2026-01-12T23:00:00Z" };
const post = (url: string, body: unknown, token = admin) => kit.send({ method: "POST", url: `/api/v2/backfills${url}`, body }, token);
const put = (url: string, token = admin) => kit.send({ method: "PUT", url: `/api/v2/backfills/${url}` }, token);

test("a dry run says for each date what would be done, and why not, and changes nothing (A9)", async () => {
  const date = { logical_date: "2026-01-11T00:00:00Z", dag_run_id: "by-hand" };
  await kit.send({ method: "POST", url: "/api/v2/dags/own/dagRuns", body: date }, admin);
  const plan = await post("/dry_run", range);
  expect(plan.status, plan.text).toBe(200);
  expect(plan.body["total_entries"]).toBe(2);
  expect(plan.body["backfills"]).toEqual(
    ["2026-01-10T00:00:00.000Z", "2026-01-12T00:00:00.000Z"].map((logical_date) => ({
      logical_date,
      action: "create",
      partition_key: null,
      partition_date: null,
    })),
  );
  expect(plan.body["skipped"]).toEqual([{ logical_date: "2026-01-11T00:00:00.000Z", reason: "in flight" }]);
  await kit.store.runs.markRun("own", "by-hand", "failed");
  const again = await post("/dry_run", { ...range, reprocess_behavior: "failed", run_backwards: true });
  expect(again.body["backfills"]).toMatchObject([{ action: "create" }, { action: "reprocess" }, { action: "create" }]);
  expect((await kit.send({ url: "/api/v2/backfills" }, admin)).body["total_entries"]).toBe(0);
});

test("a backfill is made, paused, gone on with, cancelled; each is audited (A9, D5)", async () => {
  const made = await post("", { ...range, max_active_runs: 3, dag_run_conf: { limit: 5 } });
  expect(made.body).toMatchObject({ dag_id: "own", pending_dates: 3, is_paused: false, completed_at: null, max_active_runs: 3 });
  const id = Number(made.body["id"]);
  expect((await post("", range)).body).toMatchObject({ code: "backfill_exists" });
  expect((await put(`${id}/pause`)).body).toMatchObject({ is_paused: true });
  expect((await put(`${id}/unpause`)).body).toMatchObject({ is_paused: false });
  expect((await put(`${id}/cancel`)).body).toMatchObject({ pending_dates: 0, skipped_dates: 3 });
  expect((await put(`${id}/cancel`)).status).toBe(409);
  expect((await kit.send({ url: `/api/v2/backfills/${id}/dates` }, admin)).body["dates"]?.[0]).toMatchObject({ skip_reason: "cancelled" });
  const events = (await kit.store.identity.listAudit(20, 0)).map((entry) => entry.event);
  expect(events).toEqual(expect.arrayContaining(["create_backfill", "pause_backfill", "unpause_backfill", "cancel_backfill"]));
});

test.each([
  [{ from_date: "2026-01-12T00:00:00Z", to_date: "2026-01-10T00:00:00Z" }, 422, /before it begins/],
  [{ dag_id: "nowhere" }, 404, /nowhere/],
  [{ dag_run_conf: { limit: 0 } }, 400, /limit/],
  [{ from_date: "2026-01-10T00:00:01Z", to_date: "2026-01-10T00:00:02Z" }, 422, /nothing would run/],
  [{ reprocess_behavior: "all" }, 422, /reprocess_behavior/],
])("%j is refused with %i", async (changes, status, message) => {
  const answer = await post("", { ...range, ...changes });
  expect(answer.status, answer.text).toBe(status);
  expect(answer.text).toMatch(message);
});

test("a backfill of a foreign DAG is neither seen nor steered, and none can be made (CVE-2026-41084's kind)", async () => {
  const made = await post("", { ...range, dag_id: "foreign" });
  const id = Number(made.body["id"]);
  const own = (["DAGs", "DAG Runs", "Backfills"] as const).flatMap((resource) =>
    (["create", "read", "edit"] as const).map((action) => ({ action, resource, dagId: "own" })),
  );
  const token = await kit.tokenWith(own);
  const unknown = await kit.send({ url: "/api/v2/backfills/999999" }, token);
  for (const url of [`/api/v2/backfills/${id}`, `/api/v2/backfills/${id}/dates`]) {
    const answer = await kit.send({ url }, token);
    expect([answer.status, answer.text]).toEqual([404, unknown.text.replace("999999", String(id))]);
  }
  for (const action of ["pause", "unpause", "cancel"]) expect((await put(`${id}/${action}`, token)).status).toBe(404);
  expect((await kit.send({ url: "/api/v2/backfills?dag_id=foreign" }, token)).body["total_entries"]).toBe(0);
  for (const url of ["", "/dry_run"]) expect((await post(url, { ...range, dag_id: "foreign" }, token)).status).toBe(403);
  expect((await post("/dry_run", range, token)).status).toBe(200);
  const reader = await kit.tokenOf("Viewer");
  expect((await put(`${id}/pause`, reader)).status).toBe(403);
});
