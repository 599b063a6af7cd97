import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PolyflowError } from "@polyflow/contracts";
import { FUNCTION_FILE_ENDINGS } from "@polyflow/metadata-model";

const NAME = /^[a-z][a-z0-9_]*$/;

/** A folder of `metadata/` that functions of the project live in. */
export type FunctionFolder = "rules" | "functions";

/**
 * The file of a function that the metadata names: `metadata/<folder>/<name>.ts` or `.py`. The name comes from the project's YAML, which is
 * as much the project's own as the function is; nothing outside of that folder can be named.
 * @throws PolyflowError `metadata_invalid` when there is none
 */
export function functionFile(projectDir: string, folder: FunctionFolder, name: string): string {
  const files = FUNCTION_FILE_ENDINGS.map((ending) => join(projectDir, "metadata", folder, `${name}${ending}`));
  const found = NAME.test(name) ? files.find((file) => existsSync(file)) : undefined;
  if (found !== undefined) return found;
  throw new PolyflowError("metadata_invalid", `The function "${name}" is not there: write it in ${files.join(" or ")}, under that name.`);
}

/** SHA-256 of the function's file: a changed function makes another load of the same source. */
export function functionDigest(projectDir: string, folder: FunctionFolder, name: string): string {
  return createHash("sha256")
    .update(readFileSync(functionFile(projectDir, folder, name)))
    .digest("hex");
}

/**
 * Imports what a TypeScript file exports under its name; a changed file is imported anew.
 * @throws PolyflowError `metadata_invalid` when it exports nothing of that name
 */
export async function importFunction(file: string, name: string): Promise<(...given: readonly never[]) => unknown> {
  const module: unknown = await import(`${pathToFileURL(file).href}?t=${Math.trunc(statSync(file).mtimeMs)}`);
  const found: unknown = typeof module === "object" && module !== null ? Reflect.get(module, name) : undefined;
  if (isFunction(found)) return found;
  throw new PolyflowError("metadata_invalid", `${file} does not export a function \`${name}\`.`);
}

function isFunction(value: unknown): value is (...given: readonly never[]) => unknown {
  return typeof value === "function";
}
