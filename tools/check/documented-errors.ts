import { readFile } from "node:fs/promises";
import { ERROR_CODES } from "@polyflow/contracts";
import type { Step, StepResult } from "./step.ts";

/** Every error code stands in docs/errors.md under a heading of its own with the right fault, and nothing else stands there. */
export const documentedErrors: Step = { name: "error codes documented", run: compareErrorDocs };

async function compareErrorDocs(): Promise<StepResult> {
  const documented = new Map<string, string>();
  const text = await readFile("docs/errors.md", "utf8");
  for (const [, code, fault] of text.matchAll(/^\| `([a-z_]+)` \| (user|operation|bug) \|/gm)) {
    if (code !== undefined && fault !== undefined) documented.set(code, fault);
  }
  const problems: string[] = [];
  for (const [code, fault] of Object.entries(ERROR_CODES)) {
    const said = documented.get(code);
    if (said === undefined) problems.push(`${code}: not in docs/errors.md`);
    else if (said !== fault) problems.push(`${code}: docs/errors.md says ${said}, the registry says ${fault}`);
    documented.delete(code);
  }
  for (const code of documented.keys()) problems.push(`${code}: in docs/errors.md, but not in the registry`);
  return { ok: problems.length === 0, output: problems.join("\n") };
}
