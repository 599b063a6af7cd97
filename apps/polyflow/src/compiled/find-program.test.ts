import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CURRENT, findProgram, INPUTS, MAIN } from "./find-program.ts";

let programs: string;
let source: string;
beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), "polyflow-programs-"));
  source = join(programs, "source.ts");
  writeFileSync(source, "export {};\n");
});
afterEach(() => rmSync(programs, { recursive: true, force: true }));

function compiled({ node = process.version, hasMain = true } = {}): string {
  const { size, mtimeMs } = statSync(source);
  mkdirSync(join(programs, "one"));
  writeFileSync(join(programs, "one", INPUTS), JSON.stringify({ node, inputs: [[source, size, mtimeMs]] }));
  if (hasMain) writeFileSync(join(programs, "one", MAIN), "");
  writeFileSync(join(programs, CURRENT), "one");
  return join(programs, "one", MAIN);
}

test("B8: a compiled program is run while its sources are as they were", () => {
  expect(findProgram(programs)).toBeUndefined();
  const main = compiled();
  expect(findProgram(programs)).toBe(main);
  appendFileSync(source, "// changed\n");
  expect(findProgram(programs)).toBeUndefined();
});

test("B8: a program whose source is gone, of another Node, or that is not whole is not run", () => {
  compiled({ hasMain: false });
  expect(findProgram(programs)).toBeUndefined();
  rmSync(join(programs, "one"), { recursive: true });
  compiled({ node: "v1.0.0" });
  expect(findProgram(programs)).toBeUndefined();
  rmSync(join(programs, "one"), { recursive: true });
  compiled();
  rmSync(source);
  expect(findProgram(programs)).toBeUndefined();
  writeFileSync(join(programs, "one", INPUTS), "{");
  expect(findProgram(programs)).toBeUndefined();
});
