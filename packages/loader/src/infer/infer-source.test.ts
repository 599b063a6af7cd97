import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { openLocalFile } from "../extract/source-file.ts";
import { dbf, encode, styled, workbook, zip } from "../test-files.ts";
import { inferSource } from "./infer-source.ts";
import type { InferRequest, InferredSource } from "./infer-source.ts";

const dir = mkdtempSync(join(tmpdir(), "infer-test-"));
afterAll(() => rmSync(dir, { recursive: true }));

async function infer(name: string, content: string | Uint8Array, request: Partial<InferRequest> = {}): Promise<InferredSource> {
  const path = join(dir, name);
  writeFileSync(path, content);
  return inferSource({ open: () => openLocalFile(path), path: name, ...request });
}

/** Field → what is said of it, without the list's dash. */
function fieldLines(inferred: InferredSource): readonly string[] {
  return inferred.source.text.split("\n").flatMap((line) => (line.startsWith("    - ") ? [line.slice(6)] : []));
}

describe("B1: infer proposes, and says why", () => {
  test("leading zeros, codes, long digits, decimals and whole numbers", async () => {
    const text =
      "kladr_id,postal_code,card,amount,qty\n0100000200000,385200,12345678901234567890,1.5,7\n7700000000000,101000,22345678901234567890,2,8\n";
    const inferred = await infer("codes.csv", text);
    expect(fieldLines(inferred)).toEqual([
      '{ name: kladr_id, type: string } # leading zeros ("0100000200000"): a code, kept as text',
      "{ name: postal_code, type: string } # digits, but by its name a code: kept as text; make it an integer to count with it",
      "{ name: card, type: string } # 20 digits are more than an integer holds: kept as text",
      "{ name: amount, type: number }",
      "{ name: qty, type: integer }",
    ]);
    expect(inferred.key).toBe("kladr_id");
    expect(inferred.preview.rejects).toEqual([]);
  });

  test("windows-1251, semicolons, decimal comma, NBSP thousands, dd.mm.yyyy, Да/Нет, texts for no value", async () => {
    const text =
      "Номер заказа;Дата;Сумма;Оплачен;Примечание\r\n1;31.12.2024;1\u00a0234,56;Да;нет данных\r\n2;н/д;-5,10;Нет;обычное примечание\r\n3;01.02.2025;7;Да;ещё одно\r\n";
    const inferred = await infer("sales.csv", encode(text, "windows-1251"));
    expect(inferred.source.text).toContain('encoding: windows-1251\ndialect: { delimiter: ";" }');
    expect(fieldLines(inferred)).toEqual([
      "{ name: Номер заказа, type: integer }",
      '{ name: Дата, type: date, format: "%d.%m.%Y", missingValues: ["", н/д] } # "н/д" (1) read as "no value"',
      '{ name: Сумма, type: number, decimalChar: ",", groupChar: " " } # decimal comma, groups of thousands with " "',
      "{ name: Оплачен, type: boolean, trueValues: [Да], falseValues: [Нет] } # only Да and Нет seen",
      '{ name: Примечание, type: string } # holds "нет данных" (1): if that means "no value", add it to missingValues',
    ]);
    expect(inferred.flow.text).toContain("- { to: nomer_zakaza, from: Номер заказа }");
    expect(inferred.preview).toMatchObject({ read: 3, rejects: [] });
  });

  test.each(["ibm866", "koi8-r", "utf-16le", "utf-16be", "utf-8"])("Russian text in %s is told from the other encodings", async (label) => {
    const text =
      "Город;Область\nПереславль-Залесский;Ярославская область\nНижний Новгород;Нижегородская область\nЁлкино;Тульская область\n";
    const inferred = await infer(`text-${label}.csv`, encode(text, label));
    expect(inferred.definition.encoding).toBe(label === "ibm866" ? "cp866" : label);
    expect(inferred.preview.records[0]?.values).toEqual(["Переславль-Залесский", "Ярославская область"]);
  });

  test("mixed types: a fraction among whole numbers, text among numbers, dates that could be read two ways", async () => {
    const rows = Array.from(
      { length: 40 },
      (_, index) => `${index},${index === 20 ? "1.7" : index},${index === 7 ? "seven" : index},0${(index % 9) + 1}/02/2024`,
    );
    expect(fieldLines(await infer("mixed.csv", `id,almost,broken,day\n${rows.join("\n")}\n`))).toEqual([
      "{ name: id, type: integer }",
      "{ name: almost, type: number } # whole numbers but for 1, the first in record 21: 1.7",
      '{ name: broken, type: string } # mixed: 39 of 40 values are of type integer, not so record 8: "seven"; text keeps all, another type rejects the others',
      '{ name: day, type: date, format: "%d/%m/%Y" } # CHECK: day and month could be the other way round (%m/%d)',
    ]);
  });

  test("lines above the header, no header, twins in the header, a cell of quoted lines", async () => {
    const report = await infer("report.csv", 'Отчёт\n\nкод;имя;имя\n01;"a\nb";c\n02;d;e\n');
    expect(report.source.text).toContain("headerRows: [3]");
    expect(report.preview.records.map((record) => record.values)).toEqual([
      ["01", "a\nb", "c"],
      ["02", "d", "e"],
    ]);
    expect(report.fields.map((field) => field.name)).toEqual(["код", "имя", "имя_2"]);
    const bare = await infer("bare.csv", "1,2024-01-01\n2,2024-01-02\n");
    expect(bare.source.text).toContain("dialect: { header: false }");
    expect(bare.preview.records).toHaveLength(2);
  });

  test("a workbook: the sheet, rows of a merged header, a table that does not begin in A, totals", async () => {
    const rows = [
      [null, "Отчёт"],
      [null, "Регион", "Продажи", null, "Дата"],
      [null, null, "шт.", "руб.", null],
      [null, "Тула", 1, 2.5, styled(45_291, 1)],
      [null, "Орёл", 3, 4, styled(45_292, 1)],
      [null, "Итого", 4, 6.5],
    ];
    const book = workbook({ Данные: { rows, merged: ["B1:E1", "C2:D2", "B2:B3", "E2:E3"] }, Прочее: { rows: [["x"]] } });
    const inferred = await infer("book.xlsx", book);
    expect(inferred.source.text).toContain(
      'dialect: { sheetName: Данные, headerRows: [2, 3], range: "B1:E", totals: "^(Итого|Всего|Total)" }',
    );
    expect(inferred.preview.records.map((record) => record.values)).toEqual([
      ["Тула", "1", "2.5", "2023-12-31"],
      ["Орёл", "3", "4", "2024-01-01"],
    ]);
    expect(inferred.notes.join("\n")).toContain('sheet: "Данные"; others are "Прочее"');
  });

  test("nested JSON under a path, JSON lines, XML with attributes, DBF, inside gzip and zip", async () => {
    const json = await infer(
      "nested.json.gz",
      gzipSync('{"n": 1, "data": {"items": [{"id": 1, "at": {"city": "Тула", "zip": "300000"}, "tags": ["a"]}, {"id": 2}]}}'),
    );
    expect(json.source.text).toContain("compression: gzip\ndialect: { property: data.items }");
    expect(fieldLines(json)[1]).toBe("{ name: at_city, path: at.city, type: string }");
    expect(json.preview.records[0]?.values).toEqual(["1", "Тула", "300000", '["a"]']);
    const lines = await infer("lines.json", '{"id": 9007199254740993}\n{"id": 2}\n');
    expect(lines.source.text).toContain("format: ndjson");
    expect(lines.preview.records[0]?.values).toEqual(["9007199254740993"]);
    const xml = await infer("data.zip", zip({ "d.xml": '<r><h/><l><i id="1"><n>a</n></i><i id="2"><n>b</n></i></l></r>' }));
    expect(xml.source.text).toContain("format: xml\ncompression: zip\ndialect: { property: /r/l/i }");
    expect(xml.preview.records.map((record) => record.values)).toEqual([
      ["1", "a"],
      ["2", "b"],
    ]);
    const table = await infer("t.dbf", dbf([{ name: "KOD", type: "C", length: 3 }], [["007"], ["008"]], { label: "ibm866", driver: 0x65 }));
    expect(table.preview.records.map((record) => record.values)).toEqual([["007"], ["008"]]);
  });

  test("an empty file, a broken one, and hints that do not fit are said", async () => {
    await expect(infer("empty.csv", "")).rejects.toMatchObject({ code: "source_empty" });
    await expect(infer("no.zip", zip({ "a.csv": "a\n", "b.csv": "b\n" }))).rejects.toThrow(/holds 2 files: a\.csv, b\.csv/);
    await expect(infer("x.csv", "a\n1\n", { hints: { encoding: "cp1251x" } })).rejects.toThrow(/"cp1251x" is not supported/);
  });
});
