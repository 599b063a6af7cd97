import { afterAll, beforeAll, expect, test } from "vitest";
import { generateFernetKey } from "./fernet.ts";
import { TestStore } from "./fixture/test-store.ts";

let t: TestStore;
beforeAll(async () => {
  t = await TestStore.open();
});
afterAll(() => t.close());

const CANARY = "canary-7f3a-Секрет";
const connection = {
  connectionId: "warehouse",
  type: "postgres",
  description: "the warehouse",
  host: "db.example",
  port: 5432,
  login: "loader",
  password: `password ${CANARY}`,
  schema: "df",
  extra: { token: `extra ${CANARY}`, sslmode: "require" },
};
const variable = { key: "api_key", value: `value ${CANARY}`, description: null };

test("connections and variables come back as they were saved (A8)", async () => {
  const { secrets } = t.store;
  await secrets.saveConnection(connection, { overwrite: false });
  await secrets.saveConnection({ ...connection, connectionId: "plain", password: null, extra: {}, port: null }, { overwrite: false });
  await secrets.saveVariable(variable);
  expect(await secrets.getConnection("warehouse")).toEqual(connection);
  expect((await secrets.listConnections()).map((row) => row.connectionId)).toEqual(["plain", "warehouse"]);
  expect(await secrets.getConnection("plain")).toMatchObject({ password: null, extra: {}, port: null });
  expect(await secrets.listVariables()).toEqual([variable]);
  expect(await secrets.getVariable("none")).toBeUndefined();
});

test("an existing connection is replaced only when asked for", async () => {
  const changed = { ...connection, host: "other.example" };
  await expect(t.store.secrets.saveConnection(changed, { overwrite: false })).rejects.toMatchObject({ code: "connection_exists" });
  await t.store.secrets.saveConnection(changed, { overwrite: true });
  expect((await t.store.secrets.getConnection("warehouse"))?.host).toBe("other.example");
});

test("no secret stands in clear in any column of any table (D4, I30)", async () => {
  const tables = await t.sql<{ name: string }>("select tablename as name from pg_tables where schemaname = 'polyflow'");
  expect(tables.length).toBeGreaterThan(20);
  for (const { name } of tables) {
    const found = await t.sql(`select from polyflow."${name}" row where row::text like '%canary%' or row::text like '%Секрет%'`);
    expect([name, found.length]).toEqual([name, 0]);
  }
  const tokens = await t.sql<{ token: string }>(
    "select password_token as token from polyflow.connection where password_token is not null union all select value_token from polyflow.variable",
  );
  for (const { token } of tokens) expect(token).toMatch(/^gAAAAA/);
});

test("another key cannot read them and says whose secret it is; the old key behind a new one can (D4)", async () => {
  const [newKey] = [generateFernetKey()];
  const stranger = await t.another([newKey]);
  await expect(stranger.secrets.getVariable("api_key")).rejects.toMatchObject({
    code: "secret_undecipherable",
    message: expect.stringContaining('variable "api_key"'),
  });
  const rotated = await t.another([newKey, t.fernetKey]);
  expect(await rotated.secrets.getVariable("api_key")).toEqual(variable);
  await rotated.secrets.saveVariable(variable);
  expect(await stranger.secrets.getVariable("api_key")).toEqual(variable);
});

test("deleting says whether there was anything", async () => {
  expect(await t.store.secrets.deleteConnection("plain")).toBe(true);
  expect(await t.store.secrets.deleteConnection("plain")).toBe(false);
  expect(await t.store.secrets.deleteVariable("api_key")).toBe(true);
  expect(await t.store.secrets.deleteVariable("api_key")).toBe(false);
});

test("everything is encrypted anew with the first key, or nothing when one value cannot be read (D4)", async () => {
  const t = await TestStore.open();
  const connection = { type: "postgres", description: null, host: null, port: null, login: null, schema: null, extra: { token: "deep" } };
  await t.store.secrets.saveConnection({ ...connection, connectionId: "dwh", password: "p" }, { overwrite: false });
  await t.store.secrets.saveVariable({ key: "limit", value: "3", description: null });
  const key = generateFernetKey();
  const both = await t.another([key, t.fernetKey]);
  expect(await both.secrets.encryptAnew()).toEqual({ connections: 1, variables: 1 });
  const alone = await t.another([key]);
  expect(await alone.secrets.getConnection("dwh")).toMatchObject({ password: "p", extra: { token: "deep" } });
  expect((await alone.secrets.getVariable("limit"))?.value).toBe("3");
  await t.store.secrets.saveVariable({ key: "other", value: "4", description: null });
  await expect(alone.secrets.encryptAnew()).rejects.toMatchObject({ code: "secret_undecipherable" });
  expect((await alone.secrets.getVariable("limit"))?.value).toBe("3");
  await t.close();
});
