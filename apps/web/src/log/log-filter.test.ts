import { describe, expect, it } from "vitest";
import type { LogLine } from "../api/tasks.ts";
import { findInLog, foldGroups, linesFrom, logText, splitAt } from "./log-filter.ts";

const line = (level: LogLine["level"], message: string): LogLine => ({ at: "2026-01-01T00:00:00.000Z", level, source: "task", message });
const LINES = [line("debug", "one"), line("warning", "\u001b[31mRED\u001b[0m two"), line("info", "three"), line("critical", "four red")];

describe("C2: level filter and search of a log", () => {
  it("keeps the numbers that lines have in the whole log", () => {
    expect(linesFrom(LINES, "warning").map(({ number }) => number)).toEqual([2, 4]);
  });
  it("finds text under terminal colours, in any case", () => {
    expect(findInLog(linesFrom(LINES, "debug"), "red")).toEqual([1, 3]);
    expect(findInLog(linesFrom(LINES, "debug"), "[31m")).toEqual([]);
    expect(findInLog(linesFrom(LINES, "debug"), "")).toEqual([]);
  });
  it("marks every place", () => {
    expect(splitAt("aXbxc", "x")).toEqual([
      { text: "a", found: false },
      { text: "X", found: true },
      { text: "b", found: false },
      { text: "x", found: true },
      { text: "c", found: false },
    ]);
  });
  it("is saved without colours", () => {
    expect(logText(LINES.slice(1, 2))).toBe("2026-01-01T00:00:00.000Z WARNING  RED two\n");
  });
  it("folds groups, those within groups too, and counts on from the lines that were not read", () => {
    const texts = ["before", "::group::outer", "a", "::group::inner", "b", "::endgroup::", "c", "::endgroup::", "after"];
    const numbered = linesFrom(
      texts.map((text) => line("info", text)),
      "debug",
      100,
    );
    const shown = (closed: readonly number[]) => foldGroups(numbered, new Set(closed)).map((one) => one.number);
    expect(shown([])).toEqual([101, 102, 103, 104, 105, 107, 109]);
    expect(shown([104])).toEqual([101, 102, 103, 104, 107, 109]);
    expect(shown([102])).toEqual([101, 102, 109]);
  });
});
