import { readProject } from "@polyflow/metadata-model";
import { afterAll, expect, test } from "vitest";
import { grantsScript } from "../system/grants-script.ts";
import { MIGRATIONS } from "../target/system-migrations.ts";
import { TestProject } from "../test-project.ts";
import { MSSQL_MIGRATIONS, mssqlMigrationStatements } from "./mssql-migrations.ts";
import { populateMssqlSchema, upgradeMssqlSchema } from "./mssql-system.ts";
import { ScriptedMssql } from "./testing/scripted-mssql.ts";

const project = new TestProject();
afterAll(() => project.remove());

const VERSION_2012 = ["productversion", [{ major: "11", version: "11.0.7001.0" }]] as const;

test("B7: the migrations in T-SQL have the numbers of those of PostgreSQL, and are what they were", async () => {
  expect(MSSQL_MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map(({ version }) => version));
  await expect(`${mssqlMigrationStatements("df", 0).join(";\n")};\n`).toMatchFileSnapshot("golden/mssql-system-schema.sql");
});

test("B7: an upgrade is one transaction under a lock, from the version that is there; there is nothing to do when it is the newest", async () => {
  const empty = new ScriptedMssql({ answers: [VERSION_2012] });
  const upgrade = await upgradeMssqlSchema(() => Promise.resolve(empty));
  expect(upgrade).toMatchObject({ schema: "df", from: 0, to: MSSQL_MIGRATIONS.length });
  expect(upgrade.applied).toHaveLength(MSSQL_MIGRATIONS.length);
  const [begin, commit] = [empty.said.indexOf("set xact_abort on; begin transaction"), empty.said.indexOf("commit transaction")];
  expect(empty.said[begin + 1]).toContain("sp_getapplock @Resource = N'polyflow:schema:df'");
  expect(commit).toBe(empty.said.length - 1);
  const newest = new ScriptedMssql({ answers: [VERSION_2012, [" as there", [{ there: "1" }]], ["max(version)", [{ version: "4" }]]] });
  expect(await upgradeMssqlSchema(() => Promise.resolve(newest))).toMatchObject({ from: 4, to: 4, applied: [] });
  expect(newest.said.some((statement) => statement.includes("begin transaction"))).toBe(false);
  expect(newest.isClosed).toBe(true);
});

test("B7: an older schema gets only what it lacks", async () => {
  const older = new ScriptedMssql({ answers: [VERSION_2012, [" as there", [{ there: "1" }]], ["max(version)", [{ version: "3" }]]] });
  expect((await upgradeMssqlSchema(() => Promise.resolve(older))).applied.map(({ version }) => version)).toEqual([4]);
  expect(older.said.some((statement) => statement.includes("create table [df].load_ledger"))).toBe(false);
});

test("B7: missing rights are told with the statements to run, and nothing is left half done; 2008 R2 is refused", async () => {
  const refused = new ScriptedMssql({
    answers: [VERSION_2012, ["user_name()", [{ name: "etl]" }]]],
    refuse: ["create schema", new Error("CREATE SCHEMA permission denied in database 'dwh'.")],
  });
  await expect(upgradeMssqlSchema(() => Promise.resolve(refused))).rejects.toMatchObject({
    code: "load_failed",
    message: expect.stringContaining(
      "An administrator must run: exec(N'create schema [df] authorization [etl]]]'); grant create table to [etl]]];",
    ),
  });
  expect(refused.said.at(-2)).toContain("rollback transaction");
  const old = new ScriptedMssql({ answers: [["productversion", [{ major: "10", version: "10.50.6560.0" }]]] });
  await expect(upgradeMssqlSchema(() => Promise.resolve(old))).rejects.toMatchObject({
    code: "database_version",
    message: expect.stringContaining("10.50.6560.0"),
  });
});

test("B7: descriptions: what is equal stays untouched, what has changed is written anew, what is gone is removed", async () => {
  project.describe("people", {
    source: "path: people.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}]}\n",
    properties: "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}",
    load: "{mode: merge}",
  });
  const metadata = await readProject(project.dir);
  const field = JSON.stringify(metadata.sources.get("people")?.fields[0]);
  const flows = [
    { parent: "", name: "gone'", position: "0", definition: "{}" },
    { parent: "", name: "people", position: "1", definition: "{}" },
  ];
  const session = new ScriptedMssql({
    answers: [
      ["from [df].[source_field] where", [{ parent: "people", name: "id", position: "0", definition: field }]],
      ["from [df].[flow] where", flows],
    ],
  });
  const { counts } = await populateMssqlSchema(() => Promise.resolve(session), metadata, { project: "p" });
  expect(counts).toMatchObject({
    source_field: { rows: 1, changed: 0, removed: 0 },
    flow: { rows: 1, changed: 1, removed: 1 },
    entity: { rows: 1, changed: 1, removed: 0 },
  });
  expect(session.said).toContain("delete from [df].[flow] where project = N'p' and parent = N'' and name = N'gone'''");
  expect(session.said.some((statement) => statement.startsWith("insert into [df].[source_field]"))).toBe(false);
  expect(session.said.at(-1)).toBe("commit transaction");
});

test("B7: the grants for another user in T-SQL", () => {
  const script = grantsScript({ role: "o'brien]", targetSchemas: ["sales"], purpose: "load", database: "mssql" });
  expect(script).toContain("grant select, insert, update, delete, alter on schema::[sales] to [o'brien]]];");
  expect(script).toContain("if schema_id(N'df') is null exec(N'create schema [df]');\ngo\n");
  expect(script).toContain("grant create table to [o'brien]]];");
});
