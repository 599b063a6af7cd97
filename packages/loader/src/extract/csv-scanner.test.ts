import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CsvScanner } from "./csv-scanner.ts";
import type { CsvScannerOptions } from "./csv-scanner.ts";
import { consistsOf, DIGIT, looksLike, MINUS } from "./lexical-facts.ts";

const COMMA: Omit<CsvScannerOptions, "fieldCount"> = { delimiter: 0x2c, quote: 0x22, isUtf8: true, forbiddenBytes: [] };

/** Feeds the text in pieces of `step` bytes, as a file would come, and collects what passes and what does not. */
function scanAll(input: string | Buffer, options: Partial<CsvScannerOptions> & { readonly fieldCount: number }, step = 1 << 20) {
  const scanner = new CsvScanner({ ...COMMA, ...options });
  const bytes = Buffer.from(input);
  let passed = "";
  let pending = Buffer.alloc(0);
  let splits = 0;
  for (let at = 0; ; ) {
    const piece = bytes.subarray(at, at + step);
    at += piece.length;
    pending = Buffer.concat([pending, piece]);
    const isLast = piece.length === 0;
    const result = scanner.scan(pending, isLast ? "last" : "more");
    for (let run = 0; run < result.runs.length; run += 2) passed += pending.toString("utf8", result.runs[run], result.runs[run + 1]);
    pending = pending.subarray(result.consumed);
    if (result.mustSplit) {
      scanner.finishSegment();
      splits++;
    } else if (isLast) break;
  }
  return { passed, splits, ...scanner.finishSegment() };
}

function reasons(found: { readonly diverted: readonly { readonly reason: string }[] }): readonly string[] {
  return found.diverted.map((record) => record.reason);
}

describe("clean files pass untouched", () => {
  test.each([
    ["plain cells", "a,b\nc,d\n", 2, 2],
    ["no line end at the end", "a,b\nc,d", 2, 2],
    ["quoted delimiters and line ends", '"a,\n""x""",b\n,""\n', 2, 2],
    ["CRLF throughout", "a,b\r\nc,d\r\n", 2, 2],
    ["one column", "a\nb\n", 1, 2],
    ["Cyrillic", "Привет,мир\n", 2, 1],
  ])("%s", (_name, text, fieldCount, records) => {
    for (const step of [1, 2, 3, 7, 1000]) {
      const found = scanAll(text, { fieldCount }, step);
      expect(found.passed).toBe(text);
      expect(found.goodRecords).toBe(records);
      expect(found.diverted).toEqual([]);
    }
  });

  test("any table that is written by the rules comes out as it was, in whatever pieces it comes", () => {
    const cell = fc.oneof(
      fc.stringMatching(/^[\w .:+-]{0,6}$/),
      fc.string({ maxLength: 6 }).filter((text) => !text.includes("\0")),
    );
    const table = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 20 }), (rows, step) => {
        const text = rows.map((row) => `${row.map(quoteIfNeeded).join(",")}\n`).join("");
        const found = scanAll(text, { fieldCount: 3 }, step);
        expect(found).toMatchObject({ passed: text, goodRecords: rows.length, diverted: [] });
      }),
    );
  });
});

function quoteIfNeeded(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

describe("a bad record costs one record and says why", () => {
  test.each([
    ["too few cells", "a,b\nc\nd,e\n", "has 1 cell, expected 2"],
    ["too many cells", "a,b\nc,d,e\nd,e\n", "has 3 cells, expected 2"],
    ["a quote inside a cell", 'a,b\n5" disk,x\nd,e\n', "a quote stands inside a cell that does not begin with one"],
    ["text after a closing quote", 'a,b\n"c"x,y\nd,e\n', "a quote opens a cell that does not end with one"],
    ["a NUL byte", "a,b\nc,\0\nd,e\n", "holds a NUL byte"],
    ["a quoted NUL byte", 'a,b\nc,"\0"\nd,e\n', "holds a NUL byte"],
    ["a lone carriage return", "a,b\nc,d\rx\nd,e\n", "a carriage return stands inside a cell without quotes"],
  ])("%s", (_name, text, reason) => {
    for (const step of [1, 4, 1000]) {
      const found = scanAll(text, { fieldCount: 2 }, step);
      expect(reasons(found)).toEqual([reason]);
      expect(found.passed).toBe("a,b\nd,e\n");
      expect(found.diverted[0]?.goodBefore).toBe(1);
    }
  });

  test("bytes that are not UTF-8", () => {
    const found = scanAll(Buffer.concat([Buffer.from("a,b\nc,"), Buffer.from([0xcf, 0xf0]), Buffer.from("\nd,e\n")]), { fieldCount: 2 });
    expect(reasons(found)).toEqual(["is not UTF-8"]);
    expect(found.passed).toBe("a,b\nd,e\n");
  });

  test("a byte that windows-1251 does not have", () => {
    const found = scanAll(Buffer.from([0x61, 0x2c, 0x98, 0x0a, 0x61, 0x2c, 0xcf, 0x0a]), {
      fieldCount: 2,
      isUtf8: false,
      forbiddenBytes: [0x98],
    });
    expect(reasons(found)).toEqual(["holds the byte 0x98, which the encoding does not have"]);
    expect(found.goodRecords).toBe(1);
  });

  test("a quote that never closes takes its own line with it and no other", () => {
    const found = scanAll('a,b\n"c,d\ne,f\ng,h\n', { fieldCount: 2 });
    expect(reasons(found)).toEqual(["a quote is opened and never closed"]);
    expect(found.passed).toBe("a,b\ne,f\ng,h\n");
  });

  test("a record without end is given up when no more may be held in memory", () => {
    const scanner = new CsvScanner({ ...COMMA, fieldCount: 2 });
    const first = scanner.scan(Buffer.from("x".repeat(100)), "full");
    expect(first.consumed).toBe(100);
    const second = scanner.scan(Buffer.from("rest of it\na,b\n"), "last");
    expect(second.runs).toEqual([11, 15]);
    const found = scanner.finishSegment();
    expect(reasons(found)).toEqual(["is longer than 100 bytes"]);
    expect(found.goodRecords).toBe(1);
  });
});

test("blank lines and comments are no records", () => {
  const found = scanAll("# head\na,b\n\nc,d\n\r\n#,x\ne,f\n\n", { fieldCount: 2, comment: 0x23 });
  expect(found.passed).toBe("a,b\nc,d\ne,f\n");
  expect(found.goodRecords).toBe(3);
  expect(found.diverted).toEqual([]);
});

test("mixed line ends become one kind, which COPY insists on", () => {
  expect(scanAll("a,b\nc,d\r\ne,f\n", { fieldCount: 2 }).passed).toBe("a,b\nc,d\ne,f\n");
  const found = scanAll("a,b\r\nc,d\ne,f\r\n", { fieldCount: 2 });
  expect(found.splits).toBe(1);
  expect(found.passed).toBe("a,b\r\nc,d\ne,f\n");
});

test("facts tell which columns hold nothing but digits and minus, and which look alike throughout", () => {
  const { facts } = scanAll('1,x,"2",2024-12-31\n-3,4,5,1999-01-02\n6,,,\n', { fieldCount: 4 });
  expect([0, 1, 2].map((column) => consistsOf(facts, column, DIGIT | MINUS))).toEqual([true, false, true]);
  expect([0, 1, 2, 3].map((column) => looksLike(facts, column, ["9", "2000-10-20"]))).toEqual([false, false, true, true]);
  expect(facts.hasQuotes).toBe(true);
  const odd = scanAll("2024-1--11\n", { fieldCount: 1 });
  expect(looksLike(odd.facts, 0, ["2024-12-31"])).toBe(false);
});
