import { describe, expect, it } from "vitest";
import { lineDiff } from "./line-diff.ts";

const shown = (before: string, after: string) =>
  lineDiff(before, after).map((line) => `${{ same: " ", added: "+", removed: "-" }[line.kind]}${line.text}`);

describe("C2: what changed between two versions", () => {
  it.each([
    ["a\nb\nc", "a\nc\nd", [" a", "-b", " c", "+d"]],
    ["", "a", ["-", "+a"]],
    ["same", "same", [" same"]],
    ["a\nb", "x\ny", ["-a", "-b", "+x", "+y"]],
  ])("%j to %j", (before, after, lines) => {
    expect(shown(before, after).toSorted()).toEqual(lines.toSorted());
  });

  it("loses and invents nothing, whatever the texts, and numbers the lines of both", () => {
    let seed = 7;
    const next = (most: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % most;
    };
    for (let round = 0; round < 200; round++) {
      const text = () => Array.from({ length: next(12) }, () => "abcd"[next(4)]).join("\n");
      const [before, after] = [text(), text()];
      const lines = lineDiff(before, after);
      const side = (left: "removed" | "added") =>
        lines
          .filter((line) => line.kind !== left)
          .map((line) => line.text)
          .join("\n");
      expect(side("added")).toBe(before);
      expect(side("removed")).toBe(after);
      expect(lines.flatMap((line) => line.before ?? [])).toEqual(before.split("\n").map((_, index) => index + 1));
    }
  });
});
