import { describe, expect, test } from "vitest";
import { encode } from "../test-files.ts";
import { readTable } from "../test-reading.ts";

const yaml = (dialect: string, more = ""): string =>
  `path: t.csv\nformat: csv\n${more}dialect: ${dialect}\nschema: {fields: [{name: a}, {name: b}]}\n`;

describe("B2: dialects that COPY does not read", () => {
  test("backslashes as escapes, \\N for no value", async () => {
    const text = 'a,b\n"say \\"hi\\", twice","back\\\\slash"\n\\N,"\\N"\nx\\,y,\n';
    expect((await readTable(yaml('{escapeChar: "\\\\", nullSequence: "\\\\N"}'), text)).rows).toEqual([
      ['say "hi", twice', "back\\slash"],
      [null, "N"],
      ["x,y", null],
    ]);
  });

  test("spaces after the delimiter, also before quotes", async () => {
    expect((await readTable(yaml("{skipInitialSpace: true}"), 'a, b\n1, "x, y" \n2,   z\n')).rows).toEqual([
      ["1", "x, y"],
      ["2", "z"],
    ]);
  });

  test("delimiters of several characters and outside of ASCII, no quotes at all, in cp866", async () => {
    expect((await readTable(yaml('{delimiter: "||", quoteChar: ""}'), 'a||b\n"1||ООО "Ромашка"\n')).rows).toEqual([
      ['"1', 'ООО "Ромашка"'],
    ]);
    const framed = encode("a│b\nЖук│2\n", "ibm866");
    expect((await readTable(yaml('{delimiter: "│"}', "encoding: cp866\n"), framed)).rows).toEqual([["Жук", "2"]]);
  });

  test("broken records cost a line each: ragged, stray and open quotes", async () => {
    const read = await readTable(yaml("{skipInitialSpace: true}"), 'a,b\r\n1,2\r\n3\r\n4,d"e\r\n"5"x,6\r\n7,"8\r\n9,10\r\n');
    expect(read.rows).toEqual([
      ["1", "2"],
      ["9", "10"],
    ]);
    expect(read.refused.map(({ row, reason }) => [row, reason])).toEqual([
      [2, "has 1 cell, expected 2"],
      [3, "a quote stands inside a cell that does not begin with one"],
      [4, "a quote opens a cell that does not end with one"],
      [5, "a quote is opened and never closed"],
    ]);
  });

  test("bytes that are no UTF-8 cost their record; UTF-16 that is cut off is no file", async () => {
    const content = Buffer.concat([Buffer.from("a, b\n1, "), Buffer.from([0xcf, 0xf0]), Buffer.from("\n2, 3\n")]);
    const read = await readTable(yaml("{skipInitialSpace: true}"), content);
    expect([read.rows, read.refused]).toEqual([[["2", "3"]], [{ row: 1, reason: "is not UTF-8" }]]);
    const cut = encode("a,b\n1,Жук\n", "utf-16le").subarray(0, -1);
    await expect(readTable(yaml("{}", "encoding: utf-16le\n"), cut)).rejects.toMatchObject({
      code: "source_unreadable",
      message: expect.stringContaining("cut off within a character"),
    });
  });

  test("titles above the header, comments, a record longer than the limit", async () => {
    const text = `Report\n\n# note\na, b\n1, 2\n# more\n3, ${"x".repeat(300_000)}\n4, 5\n`;
    const read = await readTable(yaml('{headerRows: [4], skipInitialSpace: true, commentChar: "#"}'), text, { recordBytes: 100_000 });
    expect(read.rows.map((row) => row[0])).toEqual(["1", "4"]);
    expect(read.refused[0]?.row).toBe(2);
  });
});
