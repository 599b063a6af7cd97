import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const TEST_FILES = ["packages/*/src/**/*.test.ts", "providers/*/src/**/*.test.ts", "tests/**/*.test.ts"];

test("each failure of Airflow in docs/airflow-failures.md has a test that is named after it, and the other way round (A14)", () => {
  const documented = numbersOf(
    readFileSync(join(ROOT, "docs/airflow-failures.md"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("|")),
  );
  const names = globSync(TEST_FILES, { cwd: ROOT }).flatMap((path) =>
    readFileSync(join(ROOT, path), "utf8")
      .split("\n")
      .filter((line) => line.includes("Airflow")),
  );
  const tested = numbersOf(names);
  expect(documented.size).toBeGreaterThan(50);
  expect([...documented].filter((number) => !tested.has(number))).toEqual([]);
  expect([...tested].filter((number) => !documented.has(number))).toEqual([]);
});

function numbersOf(lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => [...line.matchAll(/#(\d{4,5})\b/g)].map(([, number = ""]) => number)));
}
