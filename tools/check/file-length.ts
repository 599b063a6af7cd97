import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { Step, StepResult } from "./step.ts";

const LIMIT = 400;
const UI_LIMIT = 250;

/** No source file over 400 lines (250 in the interface), blank lines and comments included. Generated files (`*.gen.ts`) are exempt. */
export const fileLength: Step = { name: "file length", run: findLongFiles };

async function findLongFiles(): Promise<StepResult> {
  const listed = execFileSync("git", ["ls-files", "*.ts", "*.tsx", "*.mjs", "*.cjs", "*.css"], { encoding: "utf8" });
  const problems: string[] = [];
  for (const file of listed.split("\n")) {
    if (file === "" || file.includes(".gen.")) continue;
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return ""; // deleted, not committed yet
      throw error;
    });
    const lines = text.split("\n").length - 1;
    const limit = file.startsWith("apps/web/") ? UI_LIMIT : LIMIT;
    if (lines > limit) problems.push(`${file}: ${lines} lines (limit ${limit})`);
  }
  return { ok: problems.length === 0, output: problems.join("\n") };
}
