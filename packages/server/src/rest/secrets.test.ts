import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { queueAttempt } from "../testing/queued-attempts.ts";
import { startTestServer, type TestServer, textIn } from "../testing/test-server.ts";

const CANARY = "canary-7f3a9c";

let kit: TestServer;
let admin: string;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  admin = await kit.tokenOf("Admin");
});
afterAll(() => kit.close());

const CONNECTION = {
  connection_id: "dwh",
  conn_type: "postgres",
  description: "warehouse",
  host: `https://user:${CANARY}@db.example.org/x`,
  login: "loader",
  schema: "public",
  port: 5432,
  password: CANARY,
  extra: JSON.stringify({ sslmode: CANARY, nested: { list: [{ any: CANARY }] } }),
};

const connections = (method: "GET" | "POST" | "PATCH" | "DELETE", id: string, body?: unknown) =>
  kit.send({ method, url: `/api/v2/connections${id === "" ? "" : `/${id}`}`, ...(body === undefined ? {} : { body }) }, admin);
const variables = (method: "GET" | "POST" | "PATCH" | "DELETE", key: string, body?: unknown) =>
  kit.send({ method, url: `/api/v2/variables${key === "" ? "" : `/${key}`}`, ...(body === undefined ? {} : { body }) }, admin);

describe("connections (A8, D4)", () => {
  test("keep their secrets: whatever is encrypted at rest never comes out (CVE-2025-54831, CVE-2026-45192)", async () => {
    const created = await connections("POST", "", CONNECTION);
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      ...CONNECTION,
      host: "https://***@db.example.org/x",
      password: "***",
      extra: '{"sslmode":"***","nested":{"list":[{"any":"***"}]}}',
      team_name: null,
    });
    const stored = await kit.store.secrets.getConnection("dwh");
    expect(stored).toMatchObject({ password: CANARY, extra: { sslmode: CANARY } });
    for (const answer of [created, await connections("GET", "dwh"), await connections("GET", "")])
      expect(answer.text).not.toContain(CANARY);
  });

  test("creating does not overwrite (CVE-2025-62503)", async () => {
    const again = await connections("POST", "", { ...CONNECTION, password: "other" });
    expect([again.status, again.body["code"]]).toEqual([409, "connection_exists"]);
    expect((await kit.store.secrets.getConnection("dwh"))?.password).toBe(CANARY);
  });

  test("changing takes the fields that are sent; masks that come back keep what is behind them", async () => {
    const shown = (await connections("GET", "dwh")).body;
    const changed = await connections("PATCH", "dwh", {
      connection_id: "dwh",
      conn_type: "postgres",
      port: 5433,
      password: "***",
      extra: textIn(shown["extra"]),
    });
    expect(changed.body).toMatchObject({ port: 5433, login: "loader" });
    expect(await kit.store.secrets.getConnection("dwh")).toMatchObject({
      port: 5433,
      password: CANARY,
      extra: { sslmode: CANARY, nested: { list: [{ any: CANARY }] } },
    });
    await connections("PATCH", "dwh", { connection_id: "dwh", conn_type: "postgres", extra: '{"sslmode":"***","added":1}' });
    expect((await kit.store.secrets.getConnection("dwh"))?.extra).toEqual({ sslmode: CANARY, added: 1 });
    const masked = { connection_id: "dwh", conn_type: "mssql", login: "x", password: null };
    await kit.send({ method: "PATCH", url: "/api/v2/connections/dwh?update_mask=login", body: masked }, admin);
    expect(await kit.store.secrets.getConnection("dwh")).toMatchObject({ type: "postgres", login: "x", password: CANARY });
    await connections("PATCH", "dwh", { connection_id: "dwh", conn_type: "postgres", password: null });
    expect((await kit.store.secrets.getConnection("dwh"))?.password).toBeNull();
  });

  test("wrong bodies are refused by name: unknown fields, another id, extra that is no object", async () => {
    for (const [body, place] of [
      [{ ...CONNECTION, team: 1 }, "team"],
      [{ ...CONNECTION, connection_id: "other" }, "body.connection_id"],
      [{ ...CONNECTION, extra: "[1]" }, "body.extra"],
      [{ ...CONNECTION, extra: "{" }, "body.extra"],
      [{ ...CONNECTION, port: "x" }, "body.port"],
    ] as const) {
      const answer = await connections("PATCH", "dwh", body);
      expect(answer.status, place).toBe(422);
      expect(textIn(answer.body["detail"])).toContain(place);
      expect(answer.text).not.toContain(CANARY);
    }
  });

  test("are listed in order and deleted", async () => {
    await connections("POST", "", { connection_id: "aaa", conn_type: "http" });
    const list = await kit.send({ url: "/api/v2/connections?order_by=-connection_id&limit=1&offset=1" }, admin);
    expect(list.body).toMatchObject({ total_entries: 2, connections: [{ connection_id: "aaa" }] });
    expect((await connections("DELETE", "aaa")).status).toBe(204);
    expect((await connections("GET", "aaa")).body["code"]).toBe("connection_not_found");
  });
});

describe("variables (A8)", () => {
  test("with a sensitive name are masked, and in JSON all that stands under one, at any depth (CVE-2026-32690, CVE-2026-54183)", async () => {
    const nested = { a: [{ b: { deep: [[{ api_key: CANARY, "Access-Token": [CANARY], plain: 1 }]] } }] };
    for (const [key, value] of [
      ["smtp_password", CANARY],
      ["my-api-key", { any: CANARY }],
      ["settings", nested],
      ["list", [{ secret: { x: CANARY } }]],
      ["text", '{"token": "canary-7f3a9c"}'],
    ] as const) {
      const answer = await variables("POST", "", { key, value });
      expect(answer.status).toBe(201);
      expect(answer.text).not.toContain(CANARY);
      expect((await variables("GET", key)).text).not.toContain(CANARY);
    }
    expect((await variables("GET", "")).text).not.toContain(CANARY);
    expect(JSON.parse(textIn((await variables("GET", "settings")).body["value"]))).toEqual({
      a: [{ b: { deep: [[{ api_key: "***", "Access-Token": "***", plain: 1 }]] } }],
    });
  });

  test("what was masked and comes back unchanged stays; the rest changes", async () => {
    const shown = textIn((await variables("GET", "settings")).body["value"]);
    await variables("PATCH", "settings", { key: "settings", value: shown.replace('"plain":1', '"plain":2') });
    const stored = (await kit.store.secrets.getVariable("settings"))?.value ?? "";
    expect(JSON.parse(stored)).toEqual({ a: [{ b: { deep: [[{ api_key: CANARY, "Access-Token": [CANARY], plain: 2 }]] } }] });
    await variables("PATCH", "smtp_password", { key: "smtp_password", value: "***", description: "mail" });
    expect(await kit.store.secrets.getVariable("smtp_password")).toEqual({ key: "smtp_password", value: CANARY, description: "mail" });
  });

  test("exist once, need a value, and can be deleted", async () => {
    expect((await variables("POST", "", { key: "text", value: "x" })).body["code"]).toBe("variable_exists");
    expect((await variables("POST", "", { key: "valueless" })).status).toBe(422);
    expect((await variables("PATCH", "text", { key: "other", value: "x" })).status).toBe(422);
    expect((await variables("DELETE", "text")).status).toBe(204);
    expect((await variables("DELETE", "text")).body["code"]).toBe("variable_not_found");
  });
});

test("no route answers with a secret, and the audit log knows names of fields only (CVE-2026-68969)", async () => {
  const { runId } = await queueAttempt(kit.store);
  await connections("PATCH", "dwh", { ...CONNECTION });
  const values: { readonly [name: string]: string } = {
    dag_id: "own",
    dag_run_id: runId,
    run_id: runId,
    task_id: "extract",
    connection_id: "dwh",
    variable_key: "settings",
    try_number: "1",
  };
  const readings = kit.server.routes.filter(
    ({ method, url }) => method === "GET" && !url.startsWith("/execution") && !/events|wait/.test(url),
  );
  expect(readings.length).toBeGreaterThan(30);
  for (const { url } of readings) {
    const answer = await kit.send({ url: url.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? "1") }, admin);
    expect(answer.text, url).not.toContain(CANARY);
  }
  const rows = (await kit.store.identity.pageAudit({ event: "edit_connection", limit: 100, offset: 0 })).rows;
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify((await kit.store.identity.pageAudit({ limit: 1000, offset: 0 })).rows)).not.toContain(CANARY);
  expect(JSON.stringify(rows[0]?.details)).toContain("password");
  expect(kit.loggedErrors).toEqual([]);
});
