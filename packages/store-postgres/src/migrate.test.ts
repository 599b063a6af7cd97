import { silentLogger } from "@polyflow/service-kit";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEmptyDatabase, type TestDatabase } from "./fixture/test-database.ts";
import { checkMigrations, migrate, requireMigrated } from "./migrate.ts";
import { type Migration, readMigrations } from "./migrations.ts";

const databases: TestDatabase[] = [];
let shared: TestDatabase;

async function emptyDatabase(): Promise<TestDatabase> {
  const database = await createEmptyDatabase();
  databases.push(database);
  return database;
}

beforeAll(async () => {
  shared = await emptyDatabase();
});
afterAll(async () => {
  for (const database of databases) await database.drop();
});

const names = readMigrations().map((migration) => migration.name);

function step(number: number, sql: string, isBreaking = false): Migration {
  return { number, name: `000${number}-step`, sql, isBreaking, checksum: `checksum of ${sql}` };
}

test("five processes at once apply each step exactly once", async () => {
  const { url } = await emptyDatabase();
  const results = await Promise.all(Array.from({ length: 5 }, () => migrate({ url, logger: silentLogger })));
  expect(results.flatMap((result) => result.applied).sort()).toEqual(names);
  expect(await checkMigrations(url)).toEqual({ applied: names, pending: [] });
});

test("a database without any step lacks all, and a component refuses to start on it", async () => {
  expect(await checkMigrations(shared.url)).toEqual({ applied: [], pending: names });
  await expect(requireMigrated(shared.url)).rejects.toMatchObject({ code: "database_version" });
});

test("a step that fails leaves nothing of itself, and those before it stay", async () => {
  const { url } = await emptyDatabase();
  const steps = [step(1, "create table polyflow.first ()"), step(2, "create table polyflow.second (); select 1 / 0")];
  await expect(migrate({ url, logger: silentLogger, migrations: steps })).rejects.toThrow(/division by zero/);
  expect(await checkMigrations(url, steps)).toEqual({ applied: ["0001-step"], pending: ["0002-step"] });
  const mended = [steps[0] ?? step(1, ""), step(2, "create table polyflow.second ()")];
  expect(await migrate({ url, logger: silentLogger, migrations: mended })).toEqual({ applied: ["0002-step"] });
});

test("a newer breaking step is refused, a newer compatible one is not", async () => {
  const first = step(1, "create table polyflow.first ()");
  const { url: compatible } = await emptyDatabase();
  await migrate({ url: compatible, logger: silentLogger, migrations: [first, step(2, "create table polyflow.second ()")] });
  expect(await checkMigrations(compatible, [first])).toEqual({ applied: ["0001-step"], pending: [] });

  const { url: breaking } = await emptyDatabase();
  await migrate({ url: breaking, logger: silentLogger, migrations: [first, step(2, "create table polyflow.second ()", true)] });
  await expect(checkMigrations(breaking, [first])).rejects.toMatchObject({ code: "database_version" });
  await expect(migrate({ url: breaking, logger: silentLogger, migrations: [first] })).rejects.toMatchObject({ code: "database_version" });
});

test("a step may change rows and then their table, also where checks are deferred to the commit (E6)", async () => {
  const { url } = await emptyDatabase();
  const table =
    "create table polyflow.first (id integer primary key, other integer references polyflow.first deferrable initially deferred)";
  const steps = [
    step(1, `${table}; insert into polyflow.first values (1, 1)`),
    step(2, "update polyflow.first set id = 2, other = 2; create index on polyflow.first (other)"),
  ];
  expect(await migrate({ url, logger: silentLogger, migrations: steps })).toEqual({ applied: ["0001-step", "0002-step"] });
});

test("a step that was altered after it was applied is refused", async () => {
  const { url } = await emptyDatabase();
  await migrate({ url, logger: silentLogger, migrations: [step(1, "create table polyflow.first ()")] });
  await expect(checkMigrations(url, [step(1, "create table polyflow.altered ()")])).rejects.toMatchObject({ code: "database_version" });
});

test("a server that does not answer gives database_unavailable", async () => {
  await expect(checkMigrations("postgresql://127.0.0.1:1/none")).rejects.toMatchObject({ code: "database_unavailable" });
  await expect(checkMigrations("mysql://127.0.0.1/none")).rejects.toMatchObject({ code: "config_invalid" });
});

test("default_pool has 128 slots and the installation an incarnation (A7)", async () => {
  const { url } = await emptyDatabase();
  await migrate({ url, logger: silentLogger });
  const client = new Client(url);
  await client.connect();
  const pools = await client.query("select name, slots from polyflow.pool");
  const installations = await client.query("select incarnation from polyflow.installation");
  await client.end();
  expect(pools.rows).toEqual([{ name: "default_pool", slots: 128 }]);
  expect(installations.rows).toHaveLength(1);
});
