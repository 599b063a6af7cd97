import { describe, expect, test } from "vitest";
import { dbf } from "../../test-files.ts";
import type { TestDbfColumn } from "../../test-files.ts";
import { readTable } from "../../test-reading.ts";

const COLUMNS: readonly TestDbfColumn[] = [
  { name: "KOD", type: "C", length: 4 },
  { name: "ИМЯ", type: "C", length: 20 },
  { name: "SUMMA", type: "N", length: 20 },
  { name: "DATA", type: "D", length: 8 },
  { name: "DA", type: "L", length: 1 },
];
const ROWS = [
  ["0071", "Ёлка", "9007199254740993.25", "20231231", "T"],
  ["0002", "стёрт", "1", "20230101", "F"],
  ["0003", "", "-.5", "", "?"],
];
const YAML =
  "path: t.dbf\nformat: dbf\nschema: {fields: [{name: KOD}, {name: ИМЯ}, {name: SUMMA, type: number}, " +
  '{name: DATA, type: date, format: "%d.%m.%Y"}, {name: DA, type: boolean, trueValues: [Да], falseValues: [Нет]}]}\n';

describe("B2: DBF", () => {
  test("cp866 by the language driver, deleted rows left out, every digit kept", async () => {
    const table = dbf(COLUMNS, ROWS, { label: "ibm866", driver: 0x65, deleted: [1] });
    expect((await readTable(YAML, table)).rows).toEqual([
      ["0071", "Ёлка", "9007199254740993.25", "31.12.2023", "Да"],
      ["0003", null, "-0.5", null, null],
    ]);
  });

  test("windows-1251 by the YAML, whatever the driver says; without either the question is asked", async () => {
    const table = dbf(COLUMNS, ROWS.slice(0, 1), { label: "windows-1251", driver: 0 });
    await expect(readTable(YAML.replaceAll("ИМЯ", "хЬЪ"), table)).rejects.toThrow(/does not say how its texts are encoded/);
    const read = await readTable(
      `encoding: cp1251\nschema: {fieldsMatch: subset, fields: [{name: KOD}]}\n${YAML.split("schema")[0]}`,
      table,
    );
    expect(read.rows[0]?.[1]).toBe("Ёлка");
  });

  test("a memo, a table that is cut off, and what is no table are said clearly", async () => {
    const memo = dbf([{ name: "TXT", type: "M", length: 10 }], [["1"]], { label: "ibm866", driver: 0x65, version: 0x83 });
    await expect(readTable("path: t.dbf\nformat: dbf\nschema: {fields: [{name: TXT}]}\n", memo)).rejects.toThrow(
      /"TXT" of t.dbf is a memo/,
    );
    const table = dbf(COLUMNS, ROWS, { label: "ibm866", driver: 0x65 });
    await expect(readTable(YAML, table.subarray(0, -60))).rejects.toThrow(/cut off: its header says 3 rows, it has 1|it has 2/);
    await expect(readTable(YAML, "KOD;SUMMA\n1;2\n")).rejects.toThrow(/does not begin like a DBF table/);
  });
});
