import { expect, it } from "vitest";
import { csvText } from "./csv-text.ts";

it.each([
  ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
  ["+7 495", "'+7 495"],
  ["@cmd", "'@cmd"],
  ["-2+3", "'-2+3"],
  ["\tx", '"\'\tx"'],
  ["-12.5", "-12.5"],
  ['say "no"', '"say ""no"""'],
  ["a;b", '"a;b"'],
  [" padded", '" padded"'],
  ["plain", "plain"],
])("B4: a rejected value %j cannot run as a formula in a spreadsheet", (value, written) => {
  expect(csvText([[value]])).toBe(`\uFEFF${written}\r\n`);
});

it("writes a missing value as an empty cell", () => {
  expect(csvText([["1", null, "x"]])).toBe("\uFEFF1,,x\r\n");
});
