import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { QualityRule } from "./entity-definition.ts";
import type { MetadataProblem } from "./problem.ts";

/** Endings of the files that may hold the function of a callable rule, in the order in which they are looked for. */
export const RULE_FILE_ENDINGS: readonly string[] = [".ts", ".py"];

/**
 * Callable rules whose function's file is not there.
 * @example const problems = await checkRuleFiles(projectDir, [...metadata.entities.values()]);
 */
export async function checkRuleFiles(
  projectDir: string,
  owners: readonly { readonly file: string; readonly rules: readonly QualityRule[] }[],
): Promise<readonly MetadataProblem[]> {
  const problems: MetadataProblem[] = [];
  for (const { file, rules } of owners) {
    for (const { implementation } of rules) {
      if (implementation?.rule !== "callable") continue;
      const { name } = implementation;
      const places = RULE_FILE_ENDINGS.map((ending) => `metadata/rules/${name}${ending}`);
      if (places.some((place) => existsSync(join(projectDir, place)))) continue;
      const place = await placeOf(join(projectDir, file), name);
      const message = `the function of the callable rule "${name}" is not there`;
      problems.push({ file, ...place, path: "quality", value: name, message, proposal: `write it in ${places.join(" or ")}` });
    }
  }
  return problems;
}

async function placeOf(file: string, name: string): Promise<{ readonly line: number; readonly column: number }> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const line = lines.findIndex((text) => text.includes("callable") && text.includes(name));
  const at = line < 0 ? lines.findIndex((text) => text.includes(name)) : line;
  return { line: Math.max(at, 0) + 1, column: Math.max(lines[at]?.lastIndexOf(name) ?? 0, 0) + 1 };
}
