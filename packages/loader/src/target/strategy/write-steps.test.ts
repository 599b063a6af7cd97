import { expect, test } from "vitest";
import { clickhouseSteps } from "./clickhouse-steps.ts";
import { mssqlDialect } from "./mssql-dialect.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import type { WriteShape, WriteStrategy } from "./write-shape.ts";
import { writeSteps } from "./write-steps.ts";

const DIALECTS = {
  "PostgreSQL 15": postgresDialect({ hasMerge: true }),
  "PostgreSQL 12": postgresDialect({ hasMerge: false }),
  "MS SQL": mssqlDialect,
};

function shape(strategy: WriteStrategy, more: Partial<WriteShape> = {}): WriteShape {
  return {
    strategy,
    target: ["sales", "orders"],
    incoming: "incoming",
    columns: ["id", "day", "note"],
    compared: ["day", "note"],
    comparedAsText: [],
    keys: ["id"],
    partitionBy: [],
    onlyChanged: true,
    within: [],
    loadId: "00000000-0000-4000-8000-000000000001",
    at: "@now",
    ...more,
  };
}

const CASES: readonly (readonly [string, WriteShape])[] = [
  ["append", shape("append")],
  ["new_only", shape("new_only", { keys: [], compared: ["id", "day", "note"] })],
  ["replace", shape("replace")],
  ["insert_only", shape("insert_only")],
  ["upsert", shape("upsert")],
  ["upsert, missing deleted", shape("upsert", { missingRows: "delete" })],
  ["upsert, missing marked", shape("upsert", { missingRows: "mark" })],
  ["delete_insert", shape("delete_insert")],
  ["scd2, missing ended", shape("scd2", { missingRows: "delete" })],
  ["partition", shape("partition", { partitionBy: ["day"], keys: [] })],
];

test.each(Object.entries(DIALECTS))("B3: the SQL of every strategy for %s is what it was", async (name, dialect) => {
  const text = CASES.map(
    ([title, one]) =>
      `-- ${title}\n${writeSteps(dialect, one)
        .map((step) => `${step.sql};  -- ${step.counts}`)
        .join("\n")}\n`,
  );
  await expect(text.join("\n")).toMatchFileSnapshot(`golden/${name.replaceAll(" ", "-").toLowerCase()}.sql`);
});

test("B3: the SQL for PostgreSQL before 15 is what Greenplum 6 takes: no ON CONFLICT, no MERGE, no unique index, no rows in IN", () => {
  const all = CASES.flatMap(([, one]) => writeSteps(DIALECTS["PostgreSQL 12"], one).map((step) => step.sql));
  expect(all.filter((sql) => /on conflict|merge into|unique|returning|\)\s+in\s+\(/i.test(sql))).toEqual([]);
  expect(all.every((sql) => /^(insert into|update|delete from) /.test(sql))).toBe(true);
});

test("B3: the SQL of append and replace for ClickHouse is what it was; other strategies are refused by name", async () => {
  const text = (["append", "replace"] as const).map((one) => `-- ${one}\n${clickhouseSteps(shape(one)).join(";\n")};\n`);
  await expect(text.join("\n")).toMatchFileSnapshot("golden/clickhouse.sql");
  expect(() => clickhouseSteps(shape("upsert"))).toThrow(/upsert/);
});
