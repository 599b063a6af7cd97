import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openCatalogue } from "../catalogue/open-catalogue.ts";
import type { Catalogue } from "../catalogue/open-catalogue.ts";
import { TestWarehouse } from "../test-warehouse.ts";
import { changeAgainst, zscoreAgainst } from "./against-history.ts";
import { stabilityIndex } from "./distribution.ts";

let warehouse: TestWarehouse;
let catalogue: Catalogue;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
  catalogue = await openCatalogue(warehouse.url);
  expect(await catalogue.listLoads()).toEqual([]);
  await catalogue.close();
});
afterAll(async () => {
  await catalogue.close();
  await warehouse.remove();
});

function describeRules(name: string, quality: string, more: { readonly idRules?: string; readonly more?: string } = {}): void {
  warehouse.describe(name, {
    source: `path: ${name}.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: kind}, {name: amount, type: number}, {name: seen, type: datetime}]}\n`,
    properties:
      `      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true${more.idRules ?? ""}}\n` +
      "      - {name: kind, logicalType: string}\n      - {name: amount, logicalType: number}\n      - {name: seen, logicalType: timestamp}",
    load: "{mode: merge}",
    quality: `    quality:\n${quality}`,
    ...(more.more === undefined ? {} : { more: more.more }),
  });
}

async function loadRows(name: string, rows: readonly string[]) {
  warehouse.write(`source/${name}.csv`, `id,kind,amount,seen\n${rows.join("\n")}\n`);
  return warehouse.load(name);
}

test("B6: ranges, references, aggregates and code are measured; what broke an error keeps out of the target, with rows to look at", async () => {
  describeRules("kinds", "      - {metric: rowCount, mustBeGreaterThan: 0}");
  await loadRows("kinds", ["1,a,1,2026-01-01T00:00:00Z", "2,b,1,2026-01-01T00:00:00Z"]);
  warehouse.write(
    "metadata/rules/even_amounts.ts",
    "export async function even_amounts({ query, table }) {\n  const [row] = await query(`select count(*) as n from ${table} where amount % 2 <> 0`);\n  return Number(row.n);\n}\n",
  );
  const quality =
    "      - {id: bounded, metric: rowCount, mustBeBetween: [1, 100]}\n" +
    "      - {id: average, type: custom, engine: polyflow, implementation: {rule: callable, name: even_amounts}, mustBe: 0, severity: warning}\n" +
    "      - {id: recent, type: custom, engine: polyflow, implementation: {rule: freshness}, mustBeLessThan: 1}";
  describeRules("orders", quality, { idRules: ", relationships: [{to: t.kinds.id}]" });
  const good = await loadRows("orders", ["1,a,2,2026-01-01T00:00:00Z", "2,b,4,2026-01-02T00:00:00Z"]);
  expect(good.failure).toBeUndefined();
  expect(good.report.rules.map((rule) => [rule.name, rule.status, rule.actual, rule.unit])).toEqual([
    ["bounded", "passed", 2, "rows"],
    ["average", "passed", 0, "number"],
    ["recent", "passed", 0, "hours"],
    ["reference_id", "passed", 0, "rows"],
  ]);
  const bad = await loadRows("orders", ["1,a,3,2026-01-01T00:00:00Z", "7,b,4,2026-01-02T00:00:00Z"]);
  expect(bad.failure?.code).toBe("quality_rule_failed");
  expect(bad.report.rules.map((rule) => [rule.name, rule.status, rule.actual])).toEqual([
    ["bounded", "passed", 3],
    ["average", "warned", 1],
    ["recent", "passed", 0],
    ["reference_id", "failed", 1],
  ]);
  expect(await warehouse.rows("select id::int, amount::int from t.orders order by 1")).toEqual([
    [1, 2],
    [2, 4],
  ]);
  catalogue = await openCatalogue(warehouse.url);
  expect(await catalogue.listRuleSamples({ loadId: bad.report.loadId, rule: "reference_id" })).toMatchObject([
    { rule: "reference_id", record: { id: 7, kind: "b" } },
  ]);
  const history = await catalogue.listRuleResults({ schema: "t", table: "orders", rule: "reference_id" });
  expect(history.map((result) => [result.status, result.actual])).toEqual([
    ["failed", 1],
    ["passed", 0],
  ]);
  expect(await catalogue.listLoads({ flow: "orders" })).toMatchObject([
    { status: "failed", rows: { read: 2, loaded: 0 }, error: expect.stringContaining("reference_id") },
    { status: "loaded", rows: { read: 2, inserted: 2, target: 2 } },
  ]);
});

test("B6: volume and distribution are held against earlier loads, and pass as long as there are too few", async () => {
  const quality =
    "      - {id: volume, type: custom, engine: polyflow, implementation: {rule: volume, min_history: 2}, mustBeBetween: [-50, 50]}";
  describeRules("drifting", quality, { more: "profile: true" });
  warehouse.write(
    "metadata/entities/drifting.odcs.yaml",
    `apiVersion: v3.1.0\nkind: DataContract\nid: t.drifting\nversion: 1.0.0\nstatus: active\nservers: [{server: df, type: postgres, schema: t}]\n` +
      "slaProperties: [{property: latency, value: 2, unit: d, element: drifting.seen}]\nschema:\n  - name: drifting\n    properties:\n" +
      "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}\n      - name: kind\n        logicalType: string\n        quality:\n" +
      "          - {id: mix, type: custom, engine: polyflow, implementation: {rule: distribution}, mustBeLessThan: 0.2, severity: warning}\n" +
      "      - {name: amount, logicalType: number}\n      - {name: seen, logicalType: timestamp}\n" +
      `    quality:\n${quality}`,
  );
  const rows = (count: number, kind: (index: number) => string, shift = 0): string[] =>
    Array.from({ length: count }, (_, index) => `${index + shift},${kind(index)},${index % 10},2026-01-01T00:00:00Z`);
  const first = await loadRows(
    "drifting",
    rows(100, (index) => (index % 2 === 0 ? "a" : "b")),
  );
  expect(first.report.rules).toMatchObject([
    { name: "mix", status: "passed", note: expect.stringContaining("not enough") },
    { name: "volume", status: "passed", note: expect.stringContaining("not enough") },
    { name: "latency_seen", status: "warned", unit: "hours", expected: "≤ 48 h" },
  ]);
  await loadRows(
    "drifting",
    rows(90, (index) => (index % 2 === 0 ? "a" : "b"), 1),
  );
  const shifted = await loadRows(
    "drifting",
    rows(100, () => "c", 2),
  );
  expect(shifted.report.rules.find((rule) => rule.name === "mix")).toMatchObject({ status: "warned", unit: "number" });
  const small = await loadRows(
    "drifting",
    rows(10, () => "c", 300),
  );
  expect(small.failure?.message).toContain("volume");
  expect(small.report.rules.find((rule) => rule.name === "volume")).toMatchObject({ status: "failed", actual: -90 });
  const profiles = await catalogue.listProfiles({ schema: "t", table: "drifting", column: "kind" });
  expect(profiles).toHaveLength(3);
  expect(profiles.at(-1)?.profile).toMatchObject({
    rows: 100,
    nulls: 0,
    distinct: 2,
    min: "a",
    max: "b",
    histogram: [],
    topValues: [
      { value: "a", count: 50 },
      { value: "b", count: 50 },
    ],
  });
  const [amount] = await catalogue.listProfiles({ schema: "t", table: "drifting", column: "amount", limit: 1 });
  expect(amount?.profile.histogram.map((bucket) => bucket.count).reduce((sum, count) => sum + count, 0)).toBe(amount?.profile.rows);
  expect(amount?.profile.histogram).toHaveLength(10);
});

test("B6: invalid values by bounds and lengths, in rows and percent", async () => {
  describeRules("bounds", "      - {metric: rowCount, mustBeGreaterThan: 0}");
  warehouse.write(
    "metadata/entities/bounds.odcs.yaml",
    "apiVersion: v3.1.0\nkind: DataContract\nid: t.bounds\nversion: 1.0.0\nstatus: active\nservers: [{server: df, type: postgres, schema: t}]\nschema:\n  - name: bounds\n    properties:\n" +
      "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}\n" +
      "      - {name: kind, logicalType: string, quality: [{id: short, metric: invalidValues, arguments: {maxLength: 2}, mustBe: 0, severity: warning}]}\n" +
      "      - {name: amount, logicalType: number, quality: [{id: range, metric: invalidValues, arguments: {minimum: 0, maximum: 10.5}, mustBeLessThan: 30, unit: percent},\n" +
      "          {id: mean, type: custom, engine: polyflow, implementation: {rule: aggregate, function: median}, mustBeBetween: [1, 2]}]}\n" +
      "      - {name: seen, logicalType: timestamp}\n",
  );
  const { report } = await loadRows("bounds", [
    "1,ab,1,2026-01-01T00:00:00Z",
    "2,abc,2,2026-01-01T00:00:00Z",
    "3,ab,11,2026-01-01T00:00:00Z",
    "4,ab,1,2026-01-01T00:00:00Z",
  ]);
  expect(report.rules.map((rule) => [rule.name, rule.status, rule.actual, rule.unit])).toEqual([
    ["short", "warned", 1, "rows"],
    ["range", "passed", 25, "percent"],
    ["mean", "passed", 1.5, "number"],
  ]);
});

test("B6: a callable rule can only be a file of metadata/rules that exports it", async () => {
  describeRules(
    "nocode",
    "      - {id: code, type: custom, engine: polyflow, implementation: {rule: callable, name: not_there}, mustBe: 0}",
  );
  const { failure } = await loadRows("nocode", ["1,a,1,2026-01-01T00:00:00Z"]);
  expect(failure).toMatchObject({ code: "metadata_invalid", message: expect.stringContaining("metadata/rules/not_there.ts") });
});

test("measures against history", () => {
  expect(changeAgainst([100, 110, 90], 150)).toBe(50);
  expect(changeAgainst([0, 0], 0)).toBe(0);
  expect(zscoreAgainst([10, 10, 10], 10)).toBe(0);
  expect(zscoreAgainst([10, 10, 10], 11)).toBe(1000);
  expect(zscoreAgainst([8, 12], 10)).toBe(0);
  expect(stabilityIndex([50, 50], [500, 500])).toBe(0);
  expect(stabilityIndex([50, 50, 0], [0, 0, 100])).toBeGreaterThan(1);
});
