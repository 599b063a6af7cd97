import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { readTable } from "../../test-reading.ts";

describe("B2: Parquet", () => {
  test("exact integers, decimals, moments to the microsecond, lists, nulls, several row groups", async () => {
    const buffer = parquetWriteBuffer({
      rowGroupSize: 2,
      schema: [
        { name: "root", num_children: 7 },
        { name: "id", type: "INT64", repetition_type: "OPTIONAL" },
        { name: "amount", type: "INT64", converted_type: "DECIMAL", scale: 2, precision: 18, repetition_type: "OPTIONAL" },
        {
          name: "at",
          type: "INT64",
          logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
          repetition_type: "OPTIONAL",
        },
        { name: "day", type: "INT32", converted_type: "DATE", repetition_type: "OPTIONAL" },
        { name: "ratio", type: "FLOAT", repetition_type: "OPTIONAL" },
        { name: "ok", type: "BOOLEAN", repetition_type: "OPTIONAL" },
        { name: "name", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
      ],
      columnData: [
        { name: "id", data: [9007199254740993n, null, 3n] },
        { name: "amount", data: [-0.05, 1.1, null] },
        { name: "at", data: [1_700_000_000_123_456n, null, -1n] },
        { name: "day", data: [new Date("2023-12-31"), null, new Date("1969-12-31")] },
        { name: "ratio", data: [0.1, null, -2.5] },
        { name: "ok", data: [true, null, false] },
        { name: "name", data: ["Ёлка", null, ""] },
      ],
    });
    const yaml =
      "path: t.parquet\nformat: parquet\nschema: {fields: [{name: id, type: integer}, {name: amount, type: number}, {name: at, type: datetime}, {name: day, type: date}, " +
      '{name: ratio, type: number, decimalChar: ","}, {name: ok, type: boolean}, {name: name}]}\n';
    expect((await readTable(yaml, new Uint8Array(buffer))).rows).toEqual([
      ["9007199254740993", "-0.05", "2023-11-14T22:13:20.123456Z", "2023-12-31", "0,1", "true", "Ёлка"],
      [null, "1.10", null, null, null, null, null],
      ["3", null, "1969-12-31T23:59:59.999999Z", "1969-12-31", "-2,5", "false", ""],
    ]);
  });

  test("lists and structures whose records go on in the next page", async () => {
    const lists = Array.from({ length: 40 }, (_, row) =>
      row % 7 === 0 ? null : Array.from({ length: row % 5 }, (__, place) => row + place),
    );
    const places = Array.from({ length: 40 }, (_, row) => ({ city: `г. ${row}`, zip: row % 3 === 0 ? null : row }));
    const ids = Array.from({ length: 40 }, (_, row) => row);
    const buffer = parquetWriteBuffer({
      rowGroupSize: 25,
      pageSize: 16,
      schema: [
        { name: "root", num_children: 3 },
        { name: "id", type: "INT32", repetition_type: "REQUIRED" },
        { name: "list", converted_type: "LIST", repetition_type: "OPTIONAL", num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", type: "INT32", repetition_type: "OPTIONAL" },
        { name: "place", repetition_type: "OPTIONAL", num_children: 2 },
        { name: "city", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
        { name: "zip", type: "INT32", repetition_type: "OPTIONAL" },
      ],
      columnData: [
        { name: "id", data: ids },
        { name: "list", data: lists },
        { name: "place", data: places },
      ],
    });
    const yaml = "path: t.parquet\nformat: parquet\nschema: {fields: [{name: id}, {name: list}, {name: place}]}\n";
    const { rows } = await readTable(yaml, new Uint8Array(buffer));
    expect(rows).toEqual(ids.map((id) => [String(id), lists[id] === null ? null : JSON.stringify(lists[id]), JSON.stringify(places[id])]));
  });

  test("pages that do not fit into the memory allowed are refused before they are read", async () => {
    const buffer = parquetWriteBuffer({ columnData: [{ name: "id", data: Array.from({ length: 5000 }, (_, row) => `строка ${row}`) }] });
    const yaml = "path: t.parquet\nformat: parquet\nlimits: {memoryBytes: 20000}\nschema: {fields: [{name: id}]}\n";
    await expect(readTable(yaml, new Uint8Array(buffer))).rejects.toMatchObject({
      code: "source_unreadable",
      message: expect.stringContaining("memoryBytes"),
    });
  });

  test("what is no Parquet file is said so", async () => {
    const yaml = "path: t.parquet\nformat: parquet\nschema: {fields: [{name: id}]}\n";
    await expect(readTable(yaml, "id\n1\n".repeat(100))).rejects.toMatchObject({
      code: "source_unreadable",
      message: expect.stringContaining("cannot be read as Parquet"),
    });
  });
});
