import { globSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const SIMULATION = "packages/scheduler/src/simulation";
/** Rules of the scheduler and what it hands over; the others are those of loads, logs, rights and restores, and have their tests there. */
const REQUIRED = [...Array.from({ length: 22 }, (_, index) => `I${index + 1}`), "I31", "I32", "I34"];

interface Row {
  readonly rule: string;
  readonly text: string;
  readonly sabotage: string;
  readonly tests: string;
}

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

function rowsOf(markdown: string): readonly Row[] {
  return [...markdown.matchAll(/^\| ([IL]\d+) \| (.*) \| (.*) \| (.*) \|$/gm)].map(
    ([, rule = "", text = "", sabotage = "", tests = ""]) => ({
      rule,
      text,
      sabotage,
      tests,
    }),
  );
}

/** Lines of test files with the number of the rule: `packages/x/src/y.test.ts` → `y`. */
function filesNaming(rule: string): readonly string[] {
  const pattern = new RegExp(`\\b${rule}\\b`);
  return globSync(["packages/*/src/**/*.test.ts", "tests/**/*.test.ts"], { cwd: ROOT })
    .filter((path) => !path.startsWith(SIMULATION) && pattern.test(read(path)))
    .map((path) => basename(path, ".test.ts"));
}

test("each rule of docs/invariants.md is checked by the simulator, broken on purpose there, and has the tests that it names (A14)", () => {
  const rows = rowsOf(read("docs/invariants.md"));
  const checks = read(`${SIMULATION}/invariant-list.ts`);
  const sabotage = read(`${SIMULATION}/invariants.test.ts`);
  const code = globSync(`${SIMULATION}/*.ts`, { cwd: ROOT })
    .filter((path) => !/(invariant-list|\.test)\.ts$/.test(path))
    .map(read)
    .join("\n");
  expect(rows.map(({ rule }) => rule)).toEqual(REQUIRED);
  for (const { rule, text, sabotage: broken, tests } of rows) {
    expect(checks).toContain(`  ${rule}: "${text}",`);
    // I34 is the others under clocks that are wrong.
    if (rule !== "I34") expect({ rule, isChecked: code.includes(`\`${rule}: `) }).toEqual({ rule, isChecked: true });
    expect(sabotage).toMatch(new RegExp(`^  ${rule}: \\{\\s*what: "${broken.replaceAll(/[.()?]/g, "\\$&")}"`, "m"));
    const named = [...tests.matchAll(/`([\w/-]+)`(:?)/g)].flatMap(([, name = "", colon]) => (colon === ":" ? [] : name));
    const found = filesNaming(rule);
    expect({ rule, missing: named.filter((name) => !found.includes(name)) }).toEqual({ rule, missing: [] });
  }
});
