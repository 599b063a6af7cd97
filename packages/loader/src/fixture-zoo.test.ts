import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { LoadResult } from "./load-request.ts";
import { dbf, encode, styled, workbook, zip } from "./test-files.ts";
import { TestWarehouse } from "./test-warehouse.ts";

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
});
afterAll(async () => {
  await warehouse.remove();
});

interface Animal {
  /** YAML of the source but for its path. */
  readonly source: string;
  /** `name type` of each column of the target. */
  readonly columns: readonly string[];
  readonly file: string;
  readonly content: string | Uint8Array;
}

const LOGICAL: { readonly [type: string]: string } = {
  bigint: "integer",
  numeric: "number",
  text: "string",
  date: "date",
  boolean: "boolean",
  timestamp: "timestamp",
};
let count = 0;

/** Loads a file into a table of its own; gives the table's rows and what the load said. */
async function load(animal: Animal): Promise<LoadResult & { readonly rows: readonly (readonly unknown[])[] }> {
  const name = `zoo_${++count}`;
  const properties = animal.columns.map((column) => {
    const [column_name = "", type = ""] = column.split(" ");
    return `      - {name: "${column_name}", logicalType: ${LOGICAL[type] ?? "string"}, physicalType: ${type}}`;
  });
  const file = `${name}_${animal.file}`;
  warehouse.describe(name, { source: `path: ${file}\n${animal.source}`, properties: properties.join("\n"), load: "{mode: replace}" });
  warehouse.write(`source/${file}`, animal.content);
  const result = await warehouse.load(name);
  const list = animal.columns.map((column) => `"${column.split(" ")[0]}"::text`).join(", ");
  const rows = result.failure === undefined ? await warehouse.rows(`select ${list} from t.${name}`) : [];
  return { ...result, rows };
}

const csv = (fields: string, more = ""): string => `format: csv\n${more}schema: {fields: [${fields}]}\n`;
const ID = "{name: id, type: integer}";

describe("B2: text tables that hurt", () => {
  test("leading zeros stay", async () => {
    const { rows } = await load({
      file: "a.csv",
      source: csv("{name: inn}, {name: okato}"),
      columns: ["inn text", "okato text"],
      content: "inn,okato\n007701,01401000000\n",
    });
    expect(rows).toEqual([["007701", "01401000000"]]);
  });

  test("1.7 and 1,7 in an integer column are rejected, not rounded", async () => {
    const { rows, report } = await load({
      file: "a.csv",
      source: csv(ID, 'dialect: {delimiter: ";"}\n'),
      columns: ["id bigint"],
      content: "id\n1\n1.7\n1,7\n2\n",
    });
    expect(rows).toEqual([["1"], ["2"]]);
    expect(report.rejects.map((cell) => [cell.row, cell.value])).toEqual([
      [2, "1.7"],
      [3, "1,7"],
    ]);
  });

  test("decimals and whole numbers beyond 2^53 keep every digit", async () => {
    const source = csv('{name: n, type: number, decimalChar: ",", groupChar: " "}', 'dialect: {delimiter: ";"}\n');
    const { rows } = await load({
      file: "a.csv",
      source,
      columns: ["n numeric"],
      content: "n\n9007199254740993\n12\u00a0345\u202f678 901 234 567,000000000000000001\n-0,1\n",
    });
    expect(rows).toEqual([["9007199254740993"], ["12345678901234567.000000000000000001"], ["-0.1"]]);
  });

  test("line ends inside quotes, doubled quotes, delimiters inside quotes, both line ends in one file", async () => {
    const content = 'id,t\r\n1,"a\r\nb"\r\n2,"say ""hi"", twice"\n3,"x,y\n"\r\n';
    const { rows, report } = await load({ file: "a.csv", source: csv(`${ID}, {name: t}`), columns: ["id bigint", "t text"], content });
    expect(rows).toEqual([
      ["1", "a\r\nb"],
      ["2", 'say "hi", twice'],
      ["3", "x,y\n"],
    ]);
    expect(report.rejects).toEqual([]);
  });

  test("ragged rows and stray quotes are rejected one by one, with their line", async () => {
    const content = 'id,t\n1,a\n2\n3,b,c\n4,d"e\n5,f\n';
    const { rows, report } = await load({ file: "a.csv", source: csv(`${ID}, {name: t}`), columns: ["id bigint", "t text"], content });
    expect(rows).toEqual([
      ["1", "a"],
      ["5", "f"],
    ]);
    expect(report.rejects.map((cell) => [cell.row, cell.value, cell.reason])).toEqual([
      [2, "2", "has 1 cell, expected 2"],
      [3, "3,b,c", "has 3 cells, expected 2"],
      [4, '4,d"e', "a quote stands inside a cell that does not begin with one"],
    ]);
    expect(report.rows.read).toBe(report.rows.loaded + report.rows.rejected);
  });

  test("two columns of one name must both be declared, and then both are loaded", async () => {
    const content = "id,sum,sum\n1,2,3\n";
    const one = await load({ file: "a.csv", source: csv(`${ID}, {name: sum}`), columns: ["id bigint", "sum text"], content });
    expect(one.failure?.message).toContain('the column "sum_2" is not declared');
    const two = await load({
      file: "a.csv",
      source: csv(`${ID}, {name: sum}, {name: sum_2}`),
      columns: ["id bigint", "sum text", "sum_2 text"],
      content,
    });
    expect(two.rows).toEqual([["1", "2", "3"]]);
  });

  test("an empty file and a header alone fail before anything is replaced", async () => {
    const animal = { file: "a.csv", source: csv(ID), columns: ["id bigint"] };
    for (const content of ["", "\n\n", "id\n"])
      expect((await load({ ...animal, content })).failure).toMatchObject({ code: "source_empty" });
  });

  test("NUL bytes, bytes of another encoding, half a surrogate pair: that record alone is rejected", async () => {
    const content = Buffer.concat([Buffer.from("id,t\n1,a\n2,b\0c\n3,"), Buffer.from([0xcf, 0xf0, 0xe8]), Buffer.from("\n4,d\n")]);
    const { rows, report } = await load({ file: "a.csv", source: csv(`${ID}, {name: t}`), columns: ["id bigint", "t text"], content });
    expect(rows).toEqual([
      ["1", "a"],
      ["4", "d"],
    ]);
    expect(report.rejects.map((cell) => [cell.row, cell.reason])).toEqual([
      [2, "holds a NUL byte"],
      [3, "is not UTF-8"],
    ]);
    const json = await load({
      file: "a.json",
      source: `format: ndjson\nschema: {fields: [${ID}, {name: t}]}\n`,
      columns: ["id bigint", "t text"],
      content: '{"id": 1, "t": "\\u0000"}\n{"id": 2, "t": "\\ud83d"}\n{"id": 3, "t": "ok"}\n',
    });
    expect([json.rows, json.report.rows.rejected]).toEqual([[["3", "ok"]], 2]);
  });

  test("a cell of one megabyte is loaded; one of five is rejected and the next record is read", async () => {
    const big = "я".repeat(500_000);
    const content = `id,t\n1,"${big}"\n2,${"x".repeat(5 << 20)}\n3,c\n`;
    const { rows, report } = await load({ file: "a.csv", source: csv(`${ID}, {name: t}`), columns: ["id bigint", "t text"], content });
    expect(rows.map(([id, text]) => [id, String(text).length])).toEqual([
      ["1", 500_000],
      ["3", 1],
    ]);
    expect(report.rejects[0]).toMatchObject({ row: 2, reason: expect.stringContaining("is longer than") });
  });

  test("titles above the header, a comment, a mark at the beginning", async () => {
    const source = csv(ID, 'encoding: utf-8\ndialect: {headerRows: [3], commentChar: "#"}\n');
    const { rows } = await load({ file: "a.csv", source, columns: ["id bigint"], content: "\ufeffОтчёт\n\nid\n# note\n1\n" });
    expect(rows).toEqual([["1"]]);
  });

  test.each(["ibm866", "koi8-r", "utf-16be"])("Russian text in %s, from gzip", async (label) => {
    const encoding = label === "ibm866" ? "cp866" : label;
    const content = gzipSync(encode("город;сумма\nЁлкино;1,5\n", label));
    const source = csv(
      '{name: город}, {name: сумма, type: number, decimalChar: ","}',
      `encoding: ${encoding}\ndialect: {delimiter: ";"}\n`,
    );
    const { rows } = await load({ file: "a.csv.gz", source, columns: ["город text", "сумма numeric"], content });
    expect(rows).toEqual([["Ёлкино", "1.5"]]);
  });
});

describe("B2: workbooks, tables, trees and archives that hurt", () => {
  test("a workbook counted from 1904, real dates beside texts of dates, formulas, totals, a merged header", async () => {
    const rows = [
      ["Отчёт за декабрь"],
      ["Регион", "Продажи", null],
      [null, "Дата", "Сумма"],
      ["Тула", styled(43_829, 1), { xml: "<c><f>SUM(A1)</f><v>1234.5</v></c>" }],
      ["Орёл", "31.12.2023", { xml: '<c t="e"><v>#N/A</v></c>' }],
      ["Псков", "31.02.2023", 7],
      ["Итого", null, 1241.5],
    ];
    const source =
      'format: xlsx\ndialect: {headerRows: [2, 3], totals: "^Итого"}\nschema:\n  missingValues: ["", "#N/A"]\n  fields:\n    - {name: Регион}\n' +
      '    - {name: Продажи Дата, type: date, format: "%d.%m.%Y"}\n    - {name: Продажи Сумма, type: number}\n';
    const content = workbook({ Лист1: { rows, merged: ["A1:C1", "A2:A3", "B2:C2"] } }, { is1904: true });
    const mapped = await loadMapped(source, content);
    expect(mapped.rows).toEqual([
      ["Тула", "2023-12-31", "1234.5"],
      ["Орёл", "2023-12-31", null],
    ]);
    expect(mapped.report.rejects.map((cell) => [cell.row, cell.column, cell.value])).toEqual([[3, "Продажи Дата", "31.02.2023"]]);
  });

  test("DBF in cp866 with deleted rows", async () => {
    const content = dbf(
      [
        { name: "KOD", type: "C", length: 4 },
        { name: "N", type: "N", length: 20 },
      ],
      [
        ["0001", "12345678901234567.5"],
        ["0002", "1"],
        ["Ёж", "***"],
      ],
      { label: "ibm866", driver: 0x65, deleted: [1] },
    );
    const source = "format: dbf\nschema: {fields: [{name: KOD}, {name: N, type: number}]}\n";
    const { rows, report } = await load({ file: "a.dbf", source, columns: ["KOD text", "N numeric"], content });
    expect(rows).toEqual([["0001", "12345678901234567.5"]]);
    expect(report.rejects.map((cell) => [cell.row, cell.value])).toEqual([[2, "***"]]);
  });

  test("XML in windows-1251 straight from a zip, its bad values rejected by record", async () => {
    const xml = '<?xml version="1.0" encoding="windows-1251"?><A><O ID="1" NAME="Ёлка"/><O ID="x" NAME="Жук"/><O ID="2"/></A>';
    const source =
      'format: xml\ninnerpath: "AS_*.XML"\ndialect: {property: /A/O}\nschema: {fields: [{name: ID, path: "@ID", type: integer}, {name: NAME, path: "@NAME"}]}\n';
    const content = zip({ "as_house_1.xml": encode(xml, "windows-1251"), "readme.txt": "x" });
    const { rows, report } = await load({ file: "a.zip", source, columns: ["ID bigint", "NAME text"], content });
    expect(rows).toEqual([
      ["1", "Ёлка"],
      ["2", null],
    ]);
    expect(report.rejects.map((cell) => [cell.row, cell.value])).toEqual([[2, "x"]]);
  });

  test("truncated gzip and a bomb fail the load, the target is unchanged and the ledger knows", async () => {
    const whole = gzipSync(`id\n${Array.from({ length: 20_000 }, (_, index) => `${index * 7919}\n`).join("")}`);
    const cut = await load({ file: "a.csv.gz", source: csv(ID), columns: ["id bigint"], content: whole.subarray(0, whole.length / 2) });
    expect(cut.failure).toMatchObject({ code: "source_unreadable", message: expect.stringContaining("is cut off") });
    expect(cut.report).toMatchObject({ status: "failed", rows: { loaded: 0 } });
    const bomb = gzipSync(Buffer.concat([Buffer.from("id\n"), Buffer.alloc(1 << 20, 0x30)]));
    const refused = await load({
      file: "a.csv.gz",
      source: csv(ID, "limits: {expandedBytes: 100000}\n"),
      columns: ["id bigint"],
      content: bomb,
    });
    expect(refused.failure).toMatchObject({
      code: "source_unreadable",
      message: expect.stringContaining("unpacks to more than 100000 bytes"),
    });
  });
});

async function loadMapped(source: string, content: Uint8Array): Promise<LoadResult & { readonly rows: readonly (readonly unknown[])[] }> {
  warehouse.describe("zoo_book", {
    source: `path: book.xlsx\n${source}`,
    properties:
      "      - {name: region, logicalType: string}\n      - {name: day, logicalType: date}\n      - {name: amount, logicalType: number}",
    load: "{mode: replace}",
    more: "mapping:\n  - {to: region, from: Регион}\n  - {to: day, from: Продажи Дата}\n  - {to: amount, from: Продажи Сумма}",
  });
  warehouse.write("source/book.xlsx", content);
  const result = await warehouse.load("zoo_book");
  return { ...result, rows: await warehouse.rows("select region, day::text, amount::text from t.zoo_book") };
}
