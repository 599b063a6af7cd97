import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { TestInstallation } from "../testing/test-installation.ts";

let polyflow: TestInstallation;
beforeAll(async () => {
  polyflow = await TestInstallation.create(inject("postgresUrl"));
}, 60_000);
afterAll(() => polyflow.remove());

const WAREHOUSE = { conn_type: "postgres", host: "db", port: 5433, login: "ann", password: "p@ss/word", extra: { sslmode: "require" } };

async function connection(connectionId: string): Promise<{ readonly [name: string]: unknown }> {
  const shown = await polyflow.run(["connections", "get", connectionId, "--as", "json", "--show-password"]);
  return shown.code === 0 ? (JSON.parse(shown.out) as { readonly [name: string]: unknown }) : { error: shown.err };
}

test("a type that no provider knows is added with a word, in case it is a mistake (A8)", { timeout: 60_000 }, async () => {
  const added = await polyflow.run(["connections", "add", "mistaken", "--type", "postgre"]);
  expect(added).toMatchObject({
    code: 0,
    err: expect.stringContaining('No installed provider knows the type "postgre". Did you mean postgres') as string,
  });
  await polyflow.run(["connections", "delete", "mistaken"]);
});

describe("connections and variables in files (A8)", { timeout: 60_000 }, () => {
  test.each(["json", "yaml", "env"])("what is exported as %s is imported as it was", async (format) => {
    const id = `dwh_${format}`;
    expect(await polyflow.run(["connections", "add", id, "--json", JSON.stringify(WAREHOUSE)])).toMatchObject({ code: 0 });
    expect(await polyflow.run(["variables", "set", `limit_${format}`, '{"a": [1, "x y"]}'])).toMatchObject({ code: 0 });
    const [connections, variables] = [join(polyflow.home, `c.${format}`), join(polyflow.home, `v.${format}`)];
    expect(await polyflow.run(["connections", "export", connections])).toMatchObject({ code: 0 });
    expect(await polyflow.run(["variables", "export", variables])).toMatchObject({ code: 0 });
    await polyflow.run(["connections", "delete", id]);
    await polyflow.run(["variables", "delete", `limit_${format}`]);
    expect(await connection(id)).toHaveProperty("error");
    const existing = ["--action-on-existing-key", "skip"];
    expect(await polyflow.run(["connections", "import", connections, ...existing])).toMatchObject({ code: 0 });
    expect(await polyflow.run(["variables", "import", variables, ...existing])).toMatchObject({ code: 0 });
    expect(await connection(id)).toMatchObject(WAREHOUSE);
    expect((await polyflow.run(["variables", "get", `limit_${format}`])).out).toBe('{"a": [1, "x y"]}\n');
  });

  test("a file of which one connection is wrong changes nothing and does not show what it is; what exists is not overwritten unasked", async () => {
    const file = join(polyflow.home, "wrong.json");
    await writeFile(file, JSON.stringify({ good: "postgres://h/db", bad: "no address of s3cret" }));
    const refused = await polyflow.run(["connections", "import", file]);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('"bad"') });
    expect(refused.err).not.toContain("s3cret");
    expect(await connection("good")).toHaveProperty("error");
    await writeFile(file, JSON.stringify({ taken: "postgres://new/db", fresh: "postgres://h/db" }));
    await polyflow.run(["connections", "add", "taken", "--uri", "postgres://old/db"]);
    expect(await polyflow.run(["connections", "import", file])).toMatchObject({ code: 2, err: expect.stringContaining("taken") });
    expect(await connection("fresh")).toHaveProperty("error");
    expect(await polyflow.run(["connections", "import", file, "-a", "overwrite"])).toMatchObject({ code: 0 });
    expect(await connection("taken")).toMatchObject({ host: "new" });
  });
});

test("rotate-fernet-key: everything is readable with the new key, and with it alone (D6)", { timeout: 60_000 }, async () => {
  await polyflow.run(["connections", "add", "rotated", "--uri", "postgres://u:pw@h/db"]);
  await polyflow.run(["variables", "set", "rotated", "v"]);
  const keyFile = join(polyflow.home, "secrets", "fernet-key");
  const before = await readFile(keyFile, "utf8");
  const rotated = await polyflow.run(["rotate-fernet-key", "-o", "json"]);
  expect(rotated.code, rotated.err).toBe(0);
  const after = await readFile(keyFile, "utf8");
  expect(after.trim().split(",")).toHaveLength(1);
  expect(after).not.toBe(before);
  expect(await connection("rotated")).toMatchObject({ password: "pw" });
  await writeFile(keyFile, before);
  const withOldKey = await polyflow.run(["variables", "get", "rotated"]);
  expect([withOldKey.code === 0, withOldKey.out]).toEqual([false, ""]);
  await writeFile(keyFile, after);
  // keys of the configuration: the new one first, the old one still known
  const other = `${Buffer.alloc(32, 7).toString("base64url")}=`;
  const keys = { POLYFLOW__CORE__FERNET_KEY: `${other},${after.trim()}` };
  expect(await polyflow.run(["rotate-fernet-key"], keys)).toMatchObject({ code: 0 });
  expect((await polyflow.run(["variables", "get", "rotated"], { POLYFLOW__CORE__FERNET_KEY: other })).out).toBe("v\n");
  await writeFile(keyFile, other);
});

describe("commands get connections from where tasks get them (A8, B8)", { timeout: 60_000 }, () => {
  test("the environment goes before the database, a configured file before the environment", async () => {
    await polyflow.run(["connections", "add", "shared", "--uri", "postgres://database/db"]);
    const hostOf = async (environment: { readonly [name: string]: string }): Promise<unknown> =>
      (JSON.parse((await polyflow.run(["connections", "get", "shared", "-o", "json"], environment)).out) as { host: string }).host;
    expect(await hostOf({})).toBe("database");
    const fromEnvironment = { AIRFLOW_CONN_SHARED: "postgres://environment/db" };
    expect(await hostOf(fromEnvironment)).toBe("environment");
    const file = join(polyflow.home, "connections.yaml");
    await writeFile(file, "shared: postgres://file/db\n");
    const backend = {
      POLYFLOW__SECRETS__BACKEND: "file",
      POLYFLOW__SECRETS__BACKEND_KWARGS: JSON.stringify({ connections_file_path: file }),
    };
    expect(await hostOf({ ...fromEnvironment, ...backend })).toBe("file");
  });

  test("connections test signs in with what the environment says", async () => {
    const tested = await polyflow.run(["connections", "test", "from_outside"], { POLYFLOW_CONN_FROM_OUTSIDE: polyflow.databaseUrl });
    expect(tested, tested.err).toMatchObject({ code: 0, out: expect.stringContaining("PostgreSQL") });
  });

  test("polyflow df works on AF_DF_CONNECTION and in AF_DF_SCHEMA, without a metadata database", async () => {
    const environment = { POLYFLOW__DATABASE__SQL_ALCHEMY_CONN: "", AF_DF_CONNECTION: polyflow.databaseUrl, AF_DF_SCHEMA: "named" };
    expect(await polyflow.run(["df", "upgrade"], environment)).toMatchObject({ code: 0, err: expect.stringContaining("in named ") });
    const tables = "select count(*)::int as n from pg_tables where schemaname = 'named' and tablename = 'load_ledger'";
    expect((await polyflow.run(["df", "query", tables, "-o", "json"], environment)).out).toContain("1");
    expect(await polyflow.run(["df", "loads"], environment)).toMatchObject({ code: 0 });
    const grants = await polyflow.run(["df", "grants", "--role", "analyst", "--project", polyflow.home], environment);
    expect(grants, grants.err).toMatchObject({ code: 0, out: expect.stringContaining('"named"') });
    const wrong = await polyflow.run(["df", "loads"], { ...environment, AF_DF_CONNECTION: "no address of s3cret" });
    expect(wrong).toMatchObject({ err: expect.stringContaining("AF_DF_CONNECTION") });
    expect(wrong.err).not.toContain("s3cret");
  });
});
