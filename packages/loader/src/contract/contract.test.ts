import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openCatalogue } from "../catalogue/open-catalogue.ts";
import { TestWarehouse } from "../test-warehouse.ts";

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
});
afterAll(async () => {
  await warehouse.remove();
});

function describeFlow(name: string, contract: string): void {
  warehouse.describe(name, {
    source: `path: ${name}.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: age, type: integer}]}\n`,
    properties:
      "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}\n      - {name: age, logicalType: integer, physicalType: smallint}",
    load: "{mode: merge}",
    more: `contract: ${contract}\n`,
  });
}

async function loadText(name: string, text: string) {
  warehouse.write(`source/${name}.csv`, text);
  return warehouse.load(name);
}

const drift = (flow: string) =>
  warehouse.rows(`select kind, column_name, before, after, action, times from df.drift where flow = '${flow}' order by drift_id`);

test("B5: columns frozen: a new column fails the load, and the difference is kept and counted, not doubled", async () => {
  describeFlow("frozen", "{columns: freeze}");
  for (const value of [1, 2]) {
    const { failure, report } = await loadText("frozen", `id,age,city\n${value},30,Perm\n`);
    expect(failure).toMatchObject({ code: "source_unreadable", message: expect.stringContaining('"city" is not declared') });
    expect(report.status).toBe("failed");
  }
  expect(await drift("frozen")).toEqual([["file_column_new", "city", null, "text", "refused", 2]]);
});

test("B5: columns evolve: a new column of the file becomes one of the table, a missing one is read as NULL", async () => {
  describeFlow("evolving", "{columns: evolve}");
  await loadText("evolving", "id,age\n1,30\n");
  const { report } = await loadText("evolving", "city,id\nPerm,1\n,2\n");
  expect(report.rows).toMatchObject({ inserted: 1, updated: 1 });
  expect(await warehouse.rows("select id::int, age, city from t.evolving order by id")).toEqual([
    [1, null, "Perm"],
    [2, null, null],
  ]);
  expect(await drift("evolving")).toEqual([
    ["file_column_new", "city", null, "text", "column_added", 1],
    ["file_column_missing", "age", "integer", null, "read_as_null", 1],
  ]);
});

test.each([
  ["discard_value", { loaded: 2, filtered: 0, rejected: 0 }],
  ["discard_row", { loaded: 1, filtered: 1, rejected: 0 }],
  ["quarantine", { loaded: 1, filtered: 0, rejected: 1 }],
])("B5: columns %s: what happens to records with a value in a column that nobody knows", async (policy, rows) => {
  describeFlow(`columns_${policy}`, `{columns: ${policy}}`);
  const { report } = await loadText(`columns_${policy}`, "id,age,city\n1,30,Perm\n2,31,\n");
  expect(report.rows).toMatchObject({ read: 2, ...rows });
  if (policy === "quarantine")
    expect(report.rejects).toEqual([{ row: 1, column: "city", value: "Perm", reason: "the column is not declared" }]);
});

test.each([
  ["quarantine", { loaded: 1, filtered: 0, rejected: 2 }, [[3, 5]]],
  ["discard_row", { loaded: 1, filtered: 2, rejected: 0 }, [[3, 5]]],
  [
    "discard_value",
    { loaded: 3, filtered: 0, rejected: 0 },
    [
      [1, null],
      [2, null],
      [3, 5],
    ],
  ],
])("B5: types %s: what happens to records whose cells are of another type", async (policy, rows, expected) => {
  describeFlow(`types_${policy}`, `{data_type: ${policy}}`);
  const { report } = await loadText(`types_${policy}`, "id,age\n1,abc\n2,99999\n3,5\n");
  expect(report.rows).toMatchObject({ read: 3, ...rows });
  expect(await warehouse.rows(`select id::int, age from t.types_${policy} order by id`)).toEqual(expected);
  const kept = await warehouse.rows(`select raw_value, action from df.reject where load_id = '${report.loadId}' order by row_number`);
  expect(kept.map(([value]) => value)).toEqual(policy === "discard_row" ? [] : ["abc", "99999"]);
  if (policy === "discard_value") expect(kept.map(([, action]) => action)).toEqual(["value_discarded", "value_discarded"]);
});

test("B5: types frozen: the first cell of another type fails the load and says which", async () => {
  describeFlow("types_frozen", "{data_type: freeze}");
  const { failure } = await loadText("types_frozen", "id,age\n1,30\n2,1.5\n");
  expect(failure).toMatchObject({
    code: "contract_broken",
    message: expect.stringContaining('age is smallint, but 1 cells are like "1.5"'),
  });
  expect(await drift("types_frozen")).toEqual([["type_changed", "age", "smallint", 'like "1.5"', "refused", 1]]);
});

test("B5: types evolve: a column widens as far as it must, step by step, across segments, and keeps what it had", async () => {
  describeFlow("types_evolving", "{data_type: evolve}");
  await loadText("types_evolving", "id,age\n1,30\n");
  const type = async () =>
    (
      await warehouse.rows(
        "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 't.types_evolving'::regclass and attname = 'age'",
      )
    )[0]?.[0];
  await loadText("types_evolving", "id,age\n2,40000\n");
  expect(await type()).toBe("integer");
  const lines = Array.from({ length: 3000 }, (_, index) => `${index + 10},${index === 2900 ? "1.5" : index}`);
  warehouse.write("source/types_evolving.csv", `id,age\n${lines.join("\n")}\n`);
  const { report } = await warehouse.load("types_evolving", { limits: { segmentBytes: 8 << 10 } });
  expect(report.rows).toMatchObject({ read: 3000, loaded: 3000, rejected: 0, inserted: 3000, target: 3002 });
  expect(await type()).toBe("numeric");
  await loadText("types_evolving", "id,age\n3,unknown\n");
  expect(await type()).toBe("text");
  expect((await loadText("types_evolving", "id,age\n4,70000\n")).failure).toBeUndefined();
  expect(await type()).toBe("text");
  expect(await warehouse.rows("select id::int, age from t.types_evolving where id in (1, 2, 3, 2910) order by id")).toEqual([
    [1, "30"],
    [2, "40000"],
    [3, "unknown"],
    [2910, "1.5"],
  ]);
});

test("B5: tables frozen: a table that is not there is not made, and the statement is named", async () => {
  describeFlow("no_table", "{tables: freeze}");
  const { failure } = await loadText("no_table", "id,age\n1,30\n");
  expect(failure).toMatchObject({ code: "contract_broken", message: expect.stringContaining('create table "t"."no_table"') });
});

test("B5, B10: the catalogue lists drift by flow and state", async () => {
  const catalogue = await openCatalogue(warehouse.url);
  expect(await catalogue.listDrift({ flow: "frozen", state: "open" })).toMatchObject([
    { kind: "file_column_new", column: "city", action: "refused", times: 2, state: "open", source: "frozen" },
  ]);
  await catalogue.close();
});

const OBJECTS = {
  json: '[{"id": 1, "age": 30, "city": "Perm"}, {"id": 2, "age": 31}]',
  xml: "<people><row><id>1</id><age>30</age><city>Perm</city></row><row><id>2</id><age>31</age></row></people>",
};

function describeObjects(name: string, format: keyof typeof OBJECTS, contract: string): void {
  const dialect = format === "xml" ? "dialect: {property: /people/row}\n" : "";
  warehouse.describe(name, {
    source: `path: ${name}.${format}\nformat: ${format}\n${dialect}schema: {fields: [{name: id, type: integer}, {name: age, type: integer}]}\n`,
    properties:
      "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}\n      - {name: age, logicalType: integer, physicalType: smallint}",
    load: "{mode: merge}",
    more: `contract: ${contract}\n`,
  });
}

describe.each(["json", "xml"] as const)("B5: keys of %s that nobody knows", (format) => {
  test.each([
    ["evolve", { loaded: 2, filtered: 0, rejected: 0 }, "column_added"],
    ["discard_value", { loaded: 2, filtered: 0, rejected: 0 }, "values_discarded"],
    ["discard_row", { loaded: 1, filtered: 1, rejected: 0 }, "rows_discarded"],
    ["quarantine", { loaded: 1, filtered: 0, rejected: 1 }, "rows_quarantined"],
    ["freeze", { loaded: 0, filtered: 0 }, "refused"],
  ])("columns %s", { timeout: 60_000 }, async (policy, rows, action) => {
    const name = `${format}_${policy}`;
    describeObjects(name, format, `{columns: ${policy}}`);
    warehouse.write(`source/${name}.${format}`, OBJECTS[format]);
    const { report, failure } = await warehouse.load(name);
    expect(failure?.code).toBe(policy === "freeze" ? "source_unreadable" : undefined);
    expect(report.rows).toMatchObject(rows);
    expect(await drift(name)).toEqual([["file_column_new", "city", null, "text", action, 1]]);
    if (policy === "evolve")
      expect(await warehouse.rows(`select id::int, age, city from t.${name} order by id`)).toEqual([
        [1, 30, "Perm"],
        [2, 31, null],
      ]);
    if (policy === "quarantine")
      expect(report.rejects).toEqual([{ row: 1, column: "city", value: "Perm", reason: "the column is not declared" }]);
  });

  test("a file without records is empty, whatever the contract says", { timeout: 60_000 }, async () => {
    const name = `${format}_empty`;
    describeObjects(name, format, "{columns: evolve}");
    warehouse.write(`source/${name}.${format}`, format === "json" ? "[]" : "<people></people>");
    expect((await warehouse.load(name)).failure).toMatchObject({ code: "source_empty" });
  });

  test("a key that no record has: read as NULL and noted, or refused and noted", { timeout: 60_000 }, async () => {
    const name = `${format}_missing`;
    for (const policy of ["evolve", "freeze"]) {
      describeObjects(name, format, `{columns: ${policy}}`);
      warehouse.write(
        `source/${name}.${format}`,
        OBJECTS[format].replaceAll(/, "age": \d+|<age>\d+<\/age>|, "city": "Perm"|<city>Perm<\/city>/g, ""),
      );
      const { failure } = await warehouse.load(name);
      expect(failure?.code).toBe(policy === "freeze" ? "source_unreadable" : undefined);
    }
    expect(await drift(name)).toEqual([["file_column_missing", "age", "integer", null, "refused", 2]]);
  });
});
