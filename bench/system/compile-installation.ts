import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const COMPILER = resolve(import.meta.dirname, "../../apps/polyflow/src/compiled/compile-program.ts");

/** What an installation that was started once does in the background: compiles the program, so that all rounds run the same. */
export async function compileInstallation(): Promise<void> {
  await promisify(execFile)(process.execPath, [COMPILER]);
}
