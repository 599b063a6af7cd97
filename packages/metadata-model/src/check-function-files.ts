import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { QualityRule } from "./entity-definition.ts";
import type { MetadataProblem } from "./problem.ts";

/** Endings of the files that may hold a function of the project, in the order in which they are looked for. */
export const FUNCTION_FILE_ENDINGS: readonly string[] = [".ts", ".py"];

/** A description that may name functions: callable rules, or the transformation of a source. */
export interface FunctionOwner {
  readonly file: string;
  readonly rules?: readonly QualityRule[];
  readonly transform?: string;
}

/**
 * Functions that descriptions name and whose file is not there.
 * @example const problems = await checkFunctionFiles(projectDir, [...metadata.entities.values(), ...metadata.sources.values()]);
 */
export async function checkFunctionFiles(projectDir: string, owners: readonly FunctionOwner[]): Promise<readonly MetadataProblem[]> {
  const problems: MetadataProblem[] = [];
  for (const { file, rules = [], transform } of owners) {
    const named: (readonly [folder: string, name: string])[] = transform === undefined ? [] : [["functions", transform]];
    for (const { implementation } of rules) if (implementation?.rule === "callable") named.push(["rules", implementation.name]);
    for (const [folder, name] of named) {
      const places = FUNCTION_FILE_ENDINGS.map((ending) => `metadata/${folder}/${name}${ending}`);
      if (places.some((place) => existsSync(join(projectDir, place)))) continue;
      const place = await placeOf(join(projectDir, file), name);
      problems.push({
        file,
        ...place,
        path: "",
        value: name,
        message: `the function "${name}" is not there`,
        proposal: `write it in ${places.join(" or ")}`,
      });
    }
  }
  return problems;
}

/** Where the file says the name: nothing else of it is known here. */
async function placeOf(file: string, name: string): Promise<{ readonly line: number; readonly column: number }> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const word = new RegExp(`(?:name|transform):\\s*["']?${name}\\b`);
  const line = lines.findIndex((text) => word.test(text));
  return { line: Math.max(line, 0) + 1, column: Math.max(lines[line]?.lastIndexOf(name) ?? 0, 0) + 1 };
}
