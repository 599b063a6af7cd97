import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MODULES = fileURLToPath(new URL("../../../../node_modules/", import.meta.url));

/** Where compiled programs are kept, each in a folder of its own. */
export const PROGRAMS: string = join(MODULES, ".cache", "polyflow", "program");
/** The file that names the folder of the newest. */
export const CURRENT = "current";
/** In each folder: what it was made from, and what to run. */
export const INPUTS = "inputs.json";
export const MAIN = "main.mjs";
/** npm writes it anew with each installation. */
export const LOCKED_PACKAGES: string = join(MODULES, ".package-lock.json");

/** Path, bytes and time of the last change in ms since 1970. */
export type Input = readonly [string, number, number];

/**
 * The compiled program, if there is one of exactly these sources, packages and Node. Looks at each source: some milliseconds.
 * @param programs the folder in which it is looked for
 */
export function findProgram(programs: string = PROGRAMS): string | undefined {
  try {
    const folder = join(programs, readFileSync(join(programs, CURRENT), "utf8"));
    // Written by us alone.
    const { node, inputs } = JSON.parse(readFileSync(join(folder, INPUTS), "utf8")) as { node: string; inputs: readonly Input[] };
    const main = join(folder, MAIN);
    return node === process.version && inputs.every(isUnchanged) && statSync(main).isFile() ? main : undefined;
  } catch {
    // None yet, or a half-written one: the sources run as well.
    return undefined;
  }
}

function isUnchanged([path, size, mtimeMs]: Input): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.size === size && found.mtimeMs === mtimeMs;
}
