import { join } from "node:path";
import { array, assert, asyncProperty, constantFrom, integer, oneof, string, tuple } from "fast-check";
import { readFlow } from "@polyflow/metadata-model";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openLocalFile } from "../extract/source-file.ts";
import { TestWarehouse } from "../test-warehouse.ts";
import { previewSource } from "./preview-source.ts";

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
});
afterAll(async () => {
  await warehouse.remove();
});

const FIELDS = [
  "{name: i, type: integer, constraints: {minimum: -5, maximum: 100000}}",
  '{name: n, type: number, decimalChar: ",", groupChar: " "}',
  "{name: p, type: number}",
  '{name: d, type: date, format: "%d.%m.%Y"}',
  "{name: iso, type: date}",
  "{name: at, type: datetime}",
  '{name: m, type: datetime, format: "%d %b %y %H:%M"}',
  "{name: tm, type: time}",
  "{name: b, type: boolean, trueValues: [Да], falseValues: [Нет]}",
  '{name: s, constraints: {required: true, minLength: 2, maxLength: 5, pattern: "[A-Zа-я0-9]+"}}',
  '{name: e, missingValues: ["", "-"], constraints: {enum: [x, y]}}',
];
const TYPES = ["bigint", "numeric", "numeric", "date", "date", "timestamp", "timestamp", "time", "boolean", "text", "text"];
const LOGICAL = ["integer", "number", "number", "date", "date", "timestamp", "timestamp", "time", "boolean", "string", "string"];
const NAMES = ["i", "n", "p", "d", "iso", "at", "m", "tm", "b", "s", "e"];

/** The report of a load names a hundred rejects at most. */
const ROWS = 8;

const two = integer({ min: 0, max: 61 }).map((value) => String(value).padStart(2, "0"));
const CELL = oneof(
  constantFrom(
    "",
    "-",
    "x",
    "y",
    "z",
    "Да",
    "Нет",
    "да",
    "0",
    "007",
    "-5",
    "-6",
    "1e3",
    "1.",
    ".5",
    "+1",
    "1 000",
    "1 00",
    "1\u00a0000,5",
    "1,5",
    "1.5",
    "12 345 678",
    "абв",
    "АБВ",
    "ABCDEF",
  ),
  constantFrom(
    "29.02.2024",
    "29.02.2023",
    "2024-02-30",
    "2024-02-29",
    "24:00:00",
    "24:00:01",
    "2024-01-01T24:00:00",
    "2024-01-01 10:00+03",
    "5 Jan 24 9:05",
    "5 jan 70 23:59",
    "5 Foo 24 1:00",
    "0000-01-01",
  ),
  tuple(two, two, integer({ min: 1, max: 9999 })).map(([day, month, year]) => `${day}.${month}.${String(year).padStart(4, "0")}`),
  tuple(two, two).map(([month, day]) => `2024-${month}-${day}`),
  tuple(two, two, two).map(([hour, minute, second]) => `${hour}:${minute}:${second}`),
  string({ unit: constantFrom(...Array.from("019 .,-+eEабA")), maxLength: 7 }),
);

describe("B1: a preview rejects what a load rejects", () => {
  test("cells of all types, right and wrong, judged without and with the database", async () => {
    warehouse.describe("judged", {
      source: `path: judged.csv\nformat: csv\ndialect: {delimiter: ";"}\nschema:\n  fields:\n${FIELDS.map((field) => `    - ${field}\n`).join("")}`,
      properties: NAMES.map(
        (name, index) => `      - {name: ${name}, logicalType: ${LOGICAL[index] ?? ""}, physicalType: ${TYPES[index] ?? ""}}`,
      ).join("\n"),
      load: "{mode: replace}",
      more: "empty_source: allow",
    });
    await assert(
      asyncProperty(array(CELL, { minLength: NAMES.length * ROWS, maxLength: NAMES.length * ROWS }), async (cells) => {
        const rows = Array.from({ length: ROWS }, (_, row) => cells.slice(row * NAMES.length, (row + 1) * NAMES.length).join(";"));
        warehouse.write("source/judged.csv", `${NAMES.join(";")}\n${rows.join("\n")}\n`);
        const { report } = await warehouse.load("judged", { force: true });
        const { source } = await readFlow(warehouse.projectDir, "judged");
        const file = await openLocalFile(join(warehouse.projectDir, "source/judged.csv"));
        const preview = await previewSource(file, source, { rows: 1000 });
        await file.close();
        const place = (reject: { readonly row: number; readonly column: string; readonly value: string | null }): string =>
          `${reject.row} ${reject.column} ${reject.value ?? ""}`;
        expect(preview.rejects.map(place).toSorted()).toEqual(report.rejects.map(place).toSorted());
      }),
      // to look for the smallest example would take a load for each step
      { numRuns: 12, endOnFailure: true },
    );
  }, 60_000);
});
