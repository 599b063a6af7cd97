import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { TestWarehouse } from "./test-warehouse.ts";

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
});
afterAll(async () => {
  await warehouse.remove();
});

const PEOPLE = {
  source: "path: people.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: name}, {name: age, type: integer}]}\n",
  properties:
    "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true, required: true}\n" +
    "      - {name: name, logicalType: string, physicalType: text}\n" +
    "      - {name: age, logicalType: integer, physicalType: smallint, logicalTypeOptions: {minimum: 0}}",
};

describe("files of all kinds", () => {
  test("windows-1251, semicolons, decimal commas, NBSP groups, dd.mm.yyyy, Да/Нет", async () => {
    warehouse.describe("sales", {
      source:
        'path: sales.csv\nformat: csv\nencoding: windows-1251\ndialect: {delimiter: ";"}\nschema:\n  missingValues: ["", "-"]\n  fields:\n' +
        '    - {name: Номер, type: integer}\n    - {name: Дата, type: date, format: "%d.%m.%Y"}\n    - {name: Сумма, type: number, decimalChar: ",", groupChar: "\\u00a0"}\n' +
        "    - {name: Оплачено, type: boolean, trueValues: [Да], falseValues: [Нет]}\n",
      properties:
        '      - {name: id, logicalType: integer, physicalType: bigint, required: true}\n      - {name: day, logicalType: date}\n      - {name: amount, logicalType: number, physicalType: "numeric(18,2)"}\n      - {name: paid, logicalType: boolean}',
      load: "{mode: append}",
      more: "mapping:\n  - {to: id, from: Номер}\n  - {to: day, from: Дата}\n  - {to: amount, from: Сумма}\n  - {to: paid, from: Оплачено}",
    });
    const text =
      "Номер;Дата;Сумма;Оплачено\r\n1;31.12.2024;1\u00a0234,56;Да\r\n2;1.2.2025;-5;Нет\r\n3;30.02.2025;1;Да\r\n4;-;-;\r\n5;2025-01-01;1 23,4;Может\r\n";
    warehouse.write("source/sales.csv", encode1251(text));
    const { report } = await warehouse.load("sales");
    expect(await warehouse.rows("select id, day::text, amount, paid from t.sales order by id")).toEqual([
      ["1", "2024-12-31", "1234.56", true],
      ["2", "2025-02-01", "-5.00", false],
      ["4", null, null, null],
    ]);
    expect(report.rejects.map((cell) => [cell.row, cell.column, cell.value])).toEqual([
      [3, "Дата", "30.02.2025"],
      [5, "Дата", "2025-01-01"],
      [5, "Оплачено", "Может"],
      [5, "Сумма", "1 23,4"],
    ]);
  });

  test("UTF-16 and a byte order mark", async () => {
    warehouse.describe("wide", {
      ...PEOPLE,
      source: PEOPLE.source.replace("people.csv", "wide.csv").replace("format: csv", "format: csv\nencoding: utf-16le"),
      load: "{mode: replace}",
    });
    warehouse.write("source/wide.csv", Buffer.from("\ufeffid,name,age\n1,Жанна,30\n", "utf16le"));
    expect((await warehouse.load("wide")).failure).toBeUndefined();
    expect(await warehouse.rows("select name from t.wide")).toEqual([["Жанна"]]);
  });

  test("UTF-8 with a mark loads, and UTF-16 taken for UTF-8 is named as such", async () => {
    warehouse.describe("marked", { ...PEOPLE, source: PEOPLE.source.replace("people.csv", "marked.csv"), load: "{mode: replace}" });
    warehouse.write("source/marked.csv", "\ufeffid,name,age\n1,a,30\n");
    expect((await warehouse.load("marked")).report.rows.loaded).toBe(1);
    warehouse.write("source/marked.csv", Buffer.from("\ufeffid,name,age\n", "utf16le"));
    expect((await warehouse.load("marked")).failure).toMatchObject({
      code: "source_unreadable",
      message: expect.stringContaining("utf-16le"),
    });
  });

  test("an unquoted empty cell is NULL, a quoted one is an empty text unless it means missing", async () => {
    warehouse.describe("empties", {
      source: "path: empties.csv\nformat: csv\nschema: {missingValues: [], fields: [{name: a}, {name: b, missingValues: ['']}]}\n",
      properties: "      - {name: a, logicalType: string}\n      - {name: b, logicalType: string}",
      load: "{mode: append}",
    });
    warehouse.write("source/empties.csv", 'a,b\n,\n"",""\n');
    await warehouse.load("empties");
    expect(await warehouse.rows("select a, b from t.empties order by a nulls first")).toEqual([
      [null, null],
      ["", null],
    ]);
  });

  test("JSON lists and lines: exact numbers, nested values as JSON, bad lines as rejects", async () => {
    const fields = "schema: {fields: [{name: id, type: integer}, {name: price, type: number}, {name: tags, type: array}]}\n";
    const properties =
      "      - {name: id, logicalType: integer, required: true}\n      - {name: price, logicalType: number}\n      - {name: tags, logicalType: array}";
    warehouse.describe("docs", {
      source: `path: docs.json\nformat: json\ndialect: {property: data.items}\n${fields}`,
      properties,
      load: "{mode: replace}",
    });
    warehouse.write(
      "source/docs.json",
      '{"n": 2, "data": {"items": [{"id": 9007199254740993, "price": 1.10, "tags": ["a", {"b": 1.50}]}, {"id": 1.7, "price": null, "tags": null}, 5]}}',
    );
    const list = await warehouse.load("docs");
    expect(list.failure).toBeUndefined();
    expect(await warehouse.rows("select id, price, tags::text from t.docs")).toEqual([["9007199254740993", "1.10", '["a", {"b": 1.50}]']]);
    expect(list.report.rejects.map((cell) => [cell.row, cell.column, cell.value])).toEqual([
      [2, "id", "1.7"],
      [3, "*", "5"],
    ]);
    warehouse.describe("lines", { source: `path: lines.ndjson\nformat: ndjson\n${fields}`, properties, load: "{mode: replace}" });
    warehouse.write("source/lines.ndjson", '{"id": 1, "price": 2e3, "tags": []}\n\n{"id": 2,\n{"id": 3, "price": 1, "tags": null}\n');
    const lines = await warehouse.load("lines");
    expect(lines.report.rows).toMatchObject({ read: 3, loaded: 2, rejected: 1 });
    expect(lines.report.rejects[0]).toMatchObject({ row: 2, column: "*", value: '{"id": 2,' });
  });
});

function encode1251(text: string): Buffer {
  const bytes = new Map<string, number>();
  const decoder = new TextDecoder("windows-1251");
  for (let byte = 0; byte < 256; byte++) bytes.set(decoder.decode(Uint8Array.of(byte)), byte);
  return Buffer.from(Array.from(text, (character) => bytes.get(character) ?? 0x3f));
}
