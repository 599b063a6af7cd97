import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let kit: TestServer;
let admin: string;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  admin = await kit.tokenOf("Admin");
});
afterAll(() => kit.close());

type Method = "GET" | "POST" | "PATCH" | "DELETE";
const call = (method: Method, path: string, body?: unknown) =>
  kit.send({ method, url: `/api/v2/${path}`, ...(body === undefined ? {} : { body }) }, admin);

describe("pools (C4, A7)", () => {
  test("are made, changed field by field, and deleted; the default one stays", async () => {
    expect((await call("POST", "pools", { name: "warehouse/бд", slots: 4, description: "of the warehouse" })).status).toBe(201);
    expect((await call("POST", "pools", { name: "warehouse/бд", slots: 4 })).body).toMatchObject({ code: "pool_exists" });
    const path = `pools/${encodeURIComponent("warehouse/бд")}`;
    expect((await call("PATCH", path, { slots: 6 })).body).toMatchObject({ slots: 6, open_slots: 6, description: "of the warehouse" });
    expect((await call("PATCH", `${path}?update_mask=description`, { slots: 1, description: "new" })).body).toMatchObject({
      slots: 6,
      description: "new",
    });
    expect((await call("PATCH", path, { pool: "other", slots: 1 })).status).toBe(422);
    expect((await call("POST", "pools", { name: "x", slots: -2 })).status).toBe(422);
    expect((await call("GET", "pools?pool_name_pattern=WARE%25")).body).toMatchObject({ total_entries: 1 });
    expect((await call("DELETE", path)).status).toBe(204);
    expect((await call("DELETE", path)).body).toMatchObject({ code: "pool_not_found" });
    expect((await call("DELETE", "pools/default_pool")).body).toMatchObject({ code: "request_invalid" });
  });

  test("in bulk: what must not be met stops the whole action, single refusals do not", async () => {
    const create = (action_on_existence: string, ...names: readonly string[]) => ({
      actions: [{ action: "create", action_on_existence, entities: names.map((name) => ({ name, slots: 2 })) }],
    });
    expect((await call("PATCH", "pools", create("fail", "a", "b"))).body["create"]).toEqual({ success: ["a", "b"], errors: [] });
    const refused = await call("PATCH", "pools", create("fail", "b", "c"));
    expect(refused.body["create"]).toMatchObject({ success: [], errors: [{ name: "b", status_code: 409 }] });
    expect((await call("GET", "pools/c")).status).toBe(404);
    expect((await call("PATCH", "pools", create("skip", "b", "c"))).body["create"]).toMatchObject({ success: ["c"] });
    const removal = { actions: [{ action: "delete", entities: ["a", "b", "default_pool"] }] };
    expect((await call("PATCH", "pools", removal)).body["delete"]).toMatchObject({
      success: ["a", "b"],
      errors: [{ name: "default_pool" }],
    });
  });

  test("in bulk every action needs its own right (CVE-2026-41084)", async () => {
    const editor = await kit.tokenWith([{ action: "edit", resource: "Pools" }]);
    const send = (action: string) =>
      kit.send({ method: "PATCH", url: "/api/v2/pools", body: { actions: [{ action, entities: [{ name: "new", slots: 1 }] }] } }, editor);
    expect((await send("create")).status).toBe(403);
    expect((await send("delete")).status).toBe(403);
    expect((await send("update")).body["update"]).toMatchObject({ errors: [{ name: "new", status_code: 404 }] });
  });
});

describe("variables as a file (C4)", () => {
  const put = (how: string, entities: readonly object[]) =>
    call("PATCH", "variables", { actions: [{ action: "create", action_on_existence: how, entities }] });

  test("what was exported comes back unchanged, secrets that were masked included", async () => {
    await put("fail", [
      { key: "plain", value: "1", description: "a number" },
      { key: "api_token", value: "canary-91", description: null },
      { key: "settings", value: { url: "https://x", password: "canary-92" } },
    ]);
    const exported = await call("GET", "variables");
    expect(exported.text).not.toContain("canary");
    const entities = (exported.body["variables"] as unknown as { key: string; value: string; description: string | null }[]).map(
      ({ key, value, description }) => ({ key, value, description }),
    );
    expect((await put("overwrite", entities)).body["create"]).toEqual({ success: ["api_token", "plain", "settings"], errors: [] });
    expect(await kit.store.secrets.getVariable("api_token")).toMatchObject({ value: "canary-91" });
    expect(JSON.parse((await kit.store.secrets.getVariable("settings"))?.value ?? "")).toEqual({ url: "https://x", password: "canary-92" });
    expect((await call("GET", "eventLogs?event=bulk_variables")).text).not.toContain("canary");
  });

  test("a mask that stands for nothing is refused, and the rest is taken", async () => {
    const answer = await put("overwrite", [
      { key: "unknown_secret", value: "***" },
      { key: "fine", value: "x" },
    ]);
    expect(answer.body["create"]).toMatchObject({ success: ["fine"], errors: [{ name: "unknown_secret" }] });
  });
});

describe("connections in bulk (C4, D4)", () => {
  test("an update leaves out what it does not name", async () => {
    await call("POST", "connections", { connection_id: "a", conn_type: "postgres", host: "h", password: "canary-93" });
    const update = { actions: [{ action: "update", entities: [{ connection_id: "a", conn_type: "postgres", host: "other" }] }] };
    expect((await call("PATCH", "connections", update)).body["update"]).toMatchObject({ success: ["a"] });
    expect(await kit.store.secrets.getConnection("a")).toMatchObject({ host: "other", password: "canary-93" });
  });
});

describe("the installation (C4)", () => {
  test("the configuration is shown only where it is allowed", async () => {
    expect((await call("GET", "config")).body).toEqual({ sections: [{ name: "core", options: [{ key: "parallelism", value: "32" }] }] });
    expect((await call("GET", "config?section=nothing")).status).toBe(404);
    expect((await call("GET", "config/section/core/option/parallelism")).status).toBe(200);
    const closed = await startTestServer(inject("postgresUrl"), { installation: {} });
    const answer = await closed.send({ url: "/api/v2/config" }, await closed.tokenOf("Admin"));
    expect([answer.status, answer.body]).toMatchObject([403, { code: "not_allowed" }]);
    await closed.close();
  });

  test("providers, plugins and jobs are lists", async () => {
    expect((await call("GET", "providers")).body).toEqual({ providers: [], total_entries: 0 });
    expect((await call("GET", "plugins")).body).toEqual({ plugins: [], total_entries: 0 });
    await kit.store.recordHeartbeat("dag_processor");
    expect((await call("GET", "jobs?is_alive=true")).body).toMatchObject({
      total_entries: 1,
      jobs: [{ job_type: "DagProcessorJob", state: "running" }],
    });
  });
});
