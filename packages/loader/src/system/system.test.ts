import { randomBytes, randomUUID } from "node:crypto";
import { readFlow, readProject } from "@polyflow/metadata-model";
import { Client } from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { diffEntity } from "../plan/diff-entity.ts";
import { planLoad } from "../plan/plan-load.ts";
import { TestWarehouse } from "../test-warehouse.ts";
import { grantsScript } from "./grants-script.ts";
import { populateSystemSchema } from "./populate-system-schema.ts";
import { upgradeSystemSchema } from "./upgrade-system-schema.ts";

const role = `r_${randomBytes(6).toString("hex")}`;
let warehouse: TestWarehouse;

beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
  describePeople();
});
afterAll(async () => {
  await warehouse.client.query(
    `do $$ begin if exists (select from pg_roles where rolname = '${role}') then drop owned by ${role}; drop role ${role}; end if; end $$`,
  );
  await warehouse.remove();
});

function describePeople(more = ""): void {
  warehouse.describe("people", {
    source: "path: people.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: name}]}\n",
    properties: `      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}\n      - {name: name, logicalType: string, physicalType: varchar(9)}${more}`,
    load: "{mode: merge}",
    quality: "    quality:\n      - {id: some, metric: rowCount, mustBeGreaterThan: 0}",
  });
}

async function request() {
  return {
    ...(await readFlow(warehouse.projectDir, "people")),
    projectDir: warehouse.projectDir,
    target: { connection: "df", client: warehouse.url },
    loadId: randomUUID(),
    log: { info: () => undefined, warning: () => undefined },
    clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
  };
}

test("B7: the system tables are built once, by versions, and filled from the metadata; what is gone from it is gone from them", async () => {
  const first = await upgradeSystemSchema(warehouse.url);
  expect(first).toMatchObject({ schema: "df", from: 0, to: first.applied.length });
  expect(await upgradeSystemSchema(warehouse.url)).toMatchObject({ from: first.to, to: first.to, applied: [] });
  const project = { project: "people" };
  const filled = await populateSystemSchema(warehouse.url, await readProject(warehouse.projectDir), project);
  expect(filled.counts).toMatchObject({
    entity: { rows: 1, changed: 1, removed: 0 },
    entity_column: { rows: 2, changed: 2, removed: 0 },
    source_field: { rows: 2, changed: 2, removed: 0 },
    quality_rule: { rows: 1, changed: 1, removed: 0 },
  });
  expect(
    await warehouse.rows("select name, definition->>'physicalType' from df.entity_column where parent = 't.people' order by position"),
  ).toEqual([
    ["id", "bigint"],
    ["name", "varchar(9)"],
  ]);
  const again = await populateSystemSchema(warehouse.url, await readProject(warehouse.projectDir), project);
  expect(Object.values(again.counts).map((count) => count.changed + count.removed)).toEqual([0, 0, 0, 0, 0, 0]);
  const { entities } = await readProject(warehouse.projectDir);
  const emptied = await populateSystemSchema(warehouse.url, { projectDir: "", sources: new Map(), entities, flows: new Map() }, project);
  expect(emptied.counts).toMatchObject({ source: { rows: 0, removed: 1 }, flow: { rows: 0, removed: 1 }, entity: { removed: 0 } });
});

test("B5: plan shows the table that would be made, what a load would do and what it would reject, and changes nothing", async () => {
  warehouse.write("source/people.csv", "id,name\n1,Ann\n2,much too long\n");
  const plan = await planLoad(await request());
  expect(plan).toMatchObject({ strategy: "upsert", keys: ["id"], lastLoad: undefined, table: { exists: false } });
  expect(plan.table.statements).toEqual([
    'create schema if not exists "t"',
    'create table "t"."people" ("id" bigint not null, "name" varchar(9), _load_id uuid not null, _loaded_at timestamptz not null, primary key ("id"))',
  ]);
  expect(plan.rehearsal?.report).toMatchObject({
    rows: { read: 2, inserted: 1, rejected: 1 },
    rejects: [{ reason: "longer than 9 characters" }],
  });
  expect(await warehouse.rows("select to_regclass('t.people')")).toEqual([[null]]);
});

test("B5: diff names columns and types that differ, with statements that bring the table in line", async () => {
  await warehouse.load("people");
  await warehouse.client.query("alter table t.people add column note text; alter table t.people alter column name type varchar(5)");
  describePeople("\n      - {name: age, logicalType: integer, physicalType: int}");
  const { entity, flow } = await readFlow(warehouse.projectDir, "people");
  const diff = await diffEntity(warehouse.client, entity, flow);
  expect(diff).toMatchObject({
    exists: true,
    missing: ["age"],
    extra: ["note"],
    types: [{ column: "name", declared: "character varying(9)", actual: "character varying(5)" }],
  });
  for (const statement of diff.statements) await warehouse.client.query(statement);
  expect(await diffEntity(warehouse.client, entity, flow)).toMatchObject({ missing: [], types: [], statements: [] });
});

test.each(["read", "load"] as const)("B7: the grants script gives another user the rights to %s", async (purpose) => {
  await warehouse.client.query(`drop role if exists ${role}`);
  await warehouse.client.query(`create role ${role} login password 'x'`);
  const script = grantsScript({ role, targetSchemas: ["t"], purpose }).replaceAll(':"DBNAME"', new URL(warehouse.url).pathname.slice(1));
  await warehouse.client.query(script);
  const url = new URL(warehouse.url);
  url.username = role;
  url.password = "x";
  const client = new Client({ connectionString: url.href });
  await client.connect();
  expect((await client.query("select count(*)::int as n from t.people join df.load_ledger on true")).rows).toHaveLength(1);
  if (purpose === "read") await expect(client.query("delete from t.people")).rejects.toMatchObject({ code: "42501" });
  await client.end();
  if (purpose === "load") {
    warehouse.write("source/people.csv", "id,name,age\n1,Ann,1\n5,Eve,2\n");
    warehouse.describe("people", {
      source: "path: people.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: name}, {name: age, type: integer}]}\n",
      properties:
        "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}\n      - {name: name, logicalType: string, physicalType: varchar(9)}\n      - {name: age, logicalType: integer, physicalType: int}",
      load: "{mode: merge}",
    });
    const { report, failure } = await warehouse.load("people", { target: { connection: "df", client: url.href } });
    expect(failure).toBeUndefined();
    expect(report.rows).toMatchObject({ inserted: 1, updated: 1 });
  }
  await warehouse.client.query(`drop owned by ${role}`);
});
