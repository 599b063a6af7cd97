import { expect, it } from "vitest";
import { highlight } from "./highlight.ts";

const SOURCE = 'const a = "x // no"; // yes\n/* two\nlines */ return `a\n${b}` + 1_000;';

it("loses nothing of the source", () => {
  const text = highlight(SOURCE)
    .map((tokens) => tokens.map((token) => token.text).join(""))
    .join("\n");
  expect(text).toBe(SOURCE);
});

it("tells strings from comments, over lines too", () => {
  const kinds = highlight(SOURCE).map((tokens) =>
    tokens.filter((token) => token.kind !== "plain").map((token) => `${token.kind} ${token.text}`),
  );
  expect(kinds).toEqual([
    ["keyword const", 'string "x // no"', "comment // yes"],
    ["comment /* two"],
    ["comment lines */", "keyword return", "string `a"],
    ["string ${b}`", "number 1_000"],
  ]);
});
