import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { citiesAsCsv, CITY_COUNT, inWindows1251, testCities } from "../testing/test-cities.ts";
import { TestCli } from "../testing/test-cli.ts";

const TIMEOUT = { timeout: 120_000 };

interface LoadRow {
  readonly flow: string;
  readonly status: string;
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly rejected: number;
  readonly load_id: string;
}

interface Summary {
  readonly status: string;
  readonly read: number;
  readonly loaded: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
}

let cli: TestCli;
let server: Server;
beforeAll(async () => {
  cli = await TestCli.create(inject("postgresUrl"));
  server = createServer((request, response) => {
    const isFile = request.url?.endsWith(".csv");
    response.end(isFile ? citiesAsCsv(testCities()) : JSON.stringify(testCities().slice(0, 30)));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
}, 120_000);
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await cli.remove();
});

describe("B1, B3, B4: a file from its first sight to its corrected rejects", () => {
  const cities = testCities();

  test("infer keeps codes as text, validate and plan agree, run loads all, a second run does nothing", TIMEOUT, async () => {
    cli.write("cities.csv", citiesAsCsv(cities));
    await cli.good("df", "infer", "cities.csv", "--write", "--name", "city", "--schema", "geo");
    const source = cli.read("metadata/sources/city.yaml");
    for (const code of ["kladr_id", "tax_office"]) expect(source).toMatch(new RegExp(`name: ${code}, type: string.*leading zeros`));
    expect(source).toMatch(/name: population, type: integer/);
    expect((await cli.good("df", "validate")).err).toContain("1 source, 1 entity, 1 flow, 0 models, no problems");
    const plan = await cli.json<{ rehearsal: { rows: object }; table: { exists: boolean } }>("df", "plan", "city");
    expect(plan).toMatchObject({ table: { exists: false }, rehearsal: { rows: { read: CITY_COUNT, inserted: CITY_COUNT, rejected: 0 } } });
    expect(await cli.query("select to_regclass('geo.city')::text as found")).toEqual([{ found: null }]);
    expect(await cli.json<Summary>("df", "run", "city")).toMatchObject({ status: "loaded", read: CITY_COUNT, inserted: CITY_COUNT });
    expect(await cli.json<Summary>("df", "run", "city")).toMatchObject({
      status: "repeated",
      inserted: 0,
      updated: 0,
      unchanged: CITY_COUNT,
    });
    expect((await cli.good("df", "diff")).out).toContain('The table "geo"."city" is as geo.city describes it.');
  });

  test("a changed file upserts what has changed; the same in windows-1251 with semicolons changes nothing", TIMEOUT, async () => {
    const changed = cities.map((city, index) => (index < 3 ? { ...city, population: "1" } : city));
    cli.write("source/cities.csv", citiesAsCsv(changed));
    expect(await cli.json<Summary>("df", "run", "city")).toMatchObject({ inserted: 0, updated: 3, unchanged: CITY_COUNT - 3, rejected: 0 });
    cli.write("source/cities.csv", inWindows1251(citiesAsCsv(changed, ";")));
    await cli.good("df", "infer", "source/cities.csv", "--write", "--force", "--name", "city", "--schema", "geo", "--project", ".");
    expect(cli.read("metadata/sources/city.yaml")).toMatch(/encoding: windows-1251/);
    expect(await cli.json<Summary>("df", "run", "city")).toMatchObject({
      status: "loaded",
      updated: 0,
      unchanged: CITY_COUNT,
      rejected: 0,
    });
    expect(await cli.query("select name from geo.city where kladr_id = '0000011'")).toEqual([{ name: cities[10]?.name }]);
  });

  test("one bad population is one reject: listed, exported, corrected, replayed once, and nothing else waits", TIMEOUT, async () => {
    const bad = cities.map((city, index) => (index === 4 ? { ...city, population: "много" } : city));
    cli.write("source/cities.csv", inWindows1251(citiesAsCsv(bad, ";")));
    const { out } = await cli.good("df", "run", "city", "-o", "json");
    expect(JSON.parse(out)).toMatchObject({ read: CITY_COUNT, loaded: CITY_COUNT - 1, rejected: 1 });
    const [reject, ...others] = await cli.json<readonly { reject_id: number; load_id: string }[]>(
      "df",
      "rejects",
      "list",
      "--flow",
      "city",
    );
    expect(others).toEqual([]);
    expect(reject).toMatchObject({
      row: 5,
      column: "population",
      value: "много",
      state: "open",
      reason: expect.stringContaining("integer"),
    });
    for (const file of ["rejects.csv", "rejects.xlsx"]) await cli.good("df", "rejects", "export", file);
    expect(cli.read("rejects.csv")).toContain("много");
    expect(await cli.run("df", "rejects", "export", "rejects.txt")).toMatchObject({ code: 2, err: expect.stringContaining(".xlsx") });
    cli.write("rejects.csv", cli.read("rejects.csv").replaceAll("много", "77"));
    expect((await cli.good("df", "rejects", "fix", "--file", "rejects.csv")).err).toContain("1 records corrected");
    await cli.good("df", "rejects", "fix", "--id", String(reject?.reject_id), "--set", "population=78");
    const loadId = reject?.load_id ?? "";
    expect(await cli.json("df", "rejects", "replay", loadId)).toMatchObject({ status: "loaded", rejected: 0, updated: 1 });
    expect(await cli.query("select population from geo.city where kladr_id = '0000005'")).toMatchObject([{ population: 78 }]);
    expect(await cli.json("df", "rejects", "list", "--state", "open")).toEqual([]);
    expect((await cli.run("df", "rejects", "replay", loadId)).err).not.toBe("");
    expect((await cli.good("df", "rejects", "dismiss", loadId)).err).toContain("rejects dismissed");
    expect(await cli.run("df", "rejects", "replay", "00000000-0000-4000-8000-000000000000")).toMatchObject({ code: 3 });
  });

  test("loads are listed, newest first; an unknown flow is named with a proposal", TIMEOUT, async () => {
    const loads = await cli.json<readonly LoadRow[]>("df", "loads", "--flow", "city", "--status", "loaded");
    expect(loads.map(({ inserted, updated, rejected }) => [inserted, updated, rejected])).toContainEqual([0, 3, 0]);
    expect(loads[0]).toMatchObject({ flow: "city", status: "loaded" });
    expect(await cli.run("df", "run", "cty")).toMatchObject({ code: 1, err: expect.stringContaining("did you mean `city`?") });
    expect(await cli.run("df", "plan", "city", "--from", "1")).toMatchObject({ code: 2, err: expect.stringContaining("--to") });
  });
});

test("B5: drift is refused, listed, accepted into YAML and table; another is dismissed", TIMEOUT, async () => {
  const file = (extra: string): string =>
    `kladr_id,name,tax_office,population,founded${extra}\n0000001,A,0001,1,1900${extra === "" ? "" : ",x"}\n`;
  cli.write("source/cities.csv", citiesAsCsv(testCities()));
  await cli.good("df", "infer", "source/cities.csv", "--write", "--force", "--name", "city", "--schema", "geo", "--project", ".");
  cli.write("source/cities.csv", file(",mayor"));
  expect(await cli.run("df", "run", "city")).toMatchObject({ code: 1, err: expect.stringContaining("df drift accept") });
  const [drift] = await cli.json<readonly { drift_id: number }[]>("df", "drift", "list", "--flow", "city");
  expect(drift).toMatchObject({ column: "mayor", difference: "file column new", loads: "refused" });
  expect(await cli.run("df", "drift", "accept")).toMatchObject({ code: 2, err: expect.stringContaining("--flow") });
  expect((await cli.good("df", "drift", "accept", String(drift?.drift_id))).out).toMatch(/changed metadata.*sources/);
  expect(await cli.json<Summary>("df", "run", "city")).toMatchObject({ status: "loaded", read: 1 });
  expect(await cli.query("select mayor from geo.city where kladr_id = '0000001'")).toEqual([{ mayor: "x" }]);
  cli.write("source/cities.csv", file(",mayor").replace("1900,x", "1900,x,y").replace(",mayor", ",mayor,phone"));
  expect((await cli.run("df", "run", "city")).code).toBe(1);
  const [second] = await cli.json<readonly { drift_id: number }[]>("df", "drift", "list");
  await cli.good("df", "drift", "dismiss", String(second?.drift_id));
  expect(await cli.json("df", "drift", "list")).toEqual([]);
});

test("B9: models are listed with their lineage, built in order, one by one, and misspelt ones are named", TIMEOUT, async () => {
  const head = (more: string): string => `/*---\nschema: marts\n${more}---*/\n`;
  cli.write(
    "metadata/models/old_cities.sql",
    `${head("materialized: view\n")}select kladr_id, founded from {{ ref('geo.city') }} where founded < 1500`,
  );
  cli.write(
    "metadata/models/centuries.sql",
    `${head("materialized: table\n")}select founded / 100 as century, count(*) as n from {{ ref('old_cities') }} group by 1`,
  );
  expect(await cli.json("df", "models", "list")).toMatchObject([
    { model: "old_cities", materialized: "view", reads: ["geo.city"] },
    { model: "centuries", table: "marts.centuries", columns: ["century ← marts.old_cities.founded", "n ← nothing"] },
  ]);
  expect(await cli.json("df", "models", "run")).toMatchObject([
    { model: "old_cities", status: "built" },
    { model: "centuries", status: "built" },
  ]);
  expect(await cli.json("df", "models", "run", "centuries", "--full-refresh")).toMatchObject([{ model: "centuries", status: "built" }]);
  expect(await cli.run("df", "models", "run", "centurie")).toMatchObject({
    code: 1,
    err: expect.stringContaining("did you mean `centuries`?"),
  });
  expect((await cli.good("df", "grants", "--role", "analyst")).out).toContain('grant usage on schema "marts" to "analyst";');
  cli.write("metadata/models/old_cities.sql", "select nothing from {{ ref('geo.cty') }}");
  const broken = await cli.run("df", "validate");
  expect(broken).toMatchObject({
    code: 1,
    out: expect.stringContaining('there is no model or entity "geo.cty"; did you mean `geo.city`?'),
  });
  cli.write("metadata/models/old_cities.sql", "select broken_column from {{ ref('geo.city') }}");
  const failed = await cli.run("df", "models", "run", "-o", "json");
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.out)).toMatchObject([
    { status: "failed", error: expect.stringContaining("broken_column") },
    { status: "skipped" },
  ]);
});

test("B7: upgrade builds, populate fills, grants print, schemas are written", TIMEOUT, async () => {
  const fresh = await TestCli.create(inject("postgresUrl"));
  fresh.write("orders.csv", "id,sum\n1,2\n");
  await fresh.good("df", "infer", "orders.csv", "--write");
  expect((await fresh.good("df", "upgrade")).err).toContain("from version 0 to");
  expect((await fresh.good("df", "upgrade")).err).toContain("already");
  expect(await fresh.json("df", "populate")).toContainEqual({ table: "source_field", rows: 2, changed: 2, removed: 0 });
  expect(await fresh.json("df", "populate")).toContainEqual({ table: "source_field", rows: 2, changed: 0, removed: 0 });
  const script = (await fresh.good("df", "grants", "--role", "loader_role", "--load", "--schema", "df")).out;
  expect(script).toContain('grant select, insert, update, delete on all tables in schema "df" to "loader_role";');
  expect((await fresh.good("df", "schemas", "--out", "schemas")).out.trim().split("\n")).toHaveLength(3);
  expect(JSON.parse(fresh.read("schemas/flow.schema.json"))).toMatchObject({ type: "object" });
  await fresh.remove();
});

describe("B2: preview over connections: nothing is taken", () => {
  const source = (name: string, place: string, more = ""): void =>
    cli.write(
      `metadata/sources/${name}.yaml`,
      `name: ${name}\n${place}\n${more}schema: {fieldsMatch: [subset], fields: [{name: ${name === "api" ? "code" : "kladr_id"}, type: string}, {name: population, type: integer}]}\n`,
    );
  const preview = async (name: string): Promise<unknown> => cli.json("df", "preview", name, "--rows", "3");
  const three = (key: string): object => ({
    read: 3,
    isWhole: false,
    rejects: [],
    records: ["0000001", "0000002", "0000003"].map((code) => ({ [key]: code })),
  });

  beforeAll(async () => {
    const { port } = server.address() as AddressInfo;
    await cli.good("connections", "add", "web", "--uri", `http://127.0.0.1:${port}/http`);
    await cli.good("connections", "add", "share", "--type", "fs", "--extra", JSON.stringify({ path: cli.dir }));
    cli.write("exchange/cities.csv", citiesAsCsv(testCities()));
  });

  test.for([
    ["web_file", "path: http://web/cities.csv\nformat: csv"],
    ["share_file", "path: fs://share/exchange/cities.csv\nformat: csv"],
    [
      "share_drop",
      "path: fs://share/exchange/*.csv\nformat: csv\ndropFolder: {archive: 'fs://share/exchange/done/', failed: 'fs://share/exchange/bad/', stableSeconds: 0}",
    ],
    ["table", "connection: df\nsql: {query: select * from geo.city_copy order by kladr_id}"],
    ["api", "connection: web\nrest: {path: /cities}"],
  ] as const)("%s", TIMEOUT, async ([name, place]) => {
    if (name === "table")
      await cli.good(
        "df",
        "query",
        "create table geo.city_copy as select lpad(n::text, 7, '0') as kladr_id, n as population from generate_series(1, 50) n",
      );
    source(name, place);
    expect(await preview(name)).toMatchObject(three(name === "api" ? "code" : "kladr_id"));
  });
});
