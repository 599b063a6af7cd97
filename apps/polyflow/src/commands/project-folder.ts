import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { Invocation } from "../cli/invocation.ts";
import { chooseProjects } from "../standalone/projects.ts";

/**
 * The project that a command works on: `--project`, the current folder if it is one, or the only project that is configured.
 * @throws PolyflowError `request_invalid` when it is none of them
 */
export async function projectFolder(invocation: Invocation): Promise<string> {
  const { cwd } = invocation.surroundings;
  const named = invocation.text("project");
  if (named !== undefined) {
    const dir = resolve(cwd, named);
    if (existsSync(dir)) return dir;
    throw new PolyflowError("request_invalid", `There is no project folder ${dir}. Correct --project.`);
  }
  if (existsSync(join(cwd, "metadata"))) return cwd;
  const { core } = invocation.configuration().values;
  const [only, another] = await chooseProjects(invocation.home(), { configured: core.projects, loadExamples: false, cwd });
  if (only !== undefined && another === undefined) return only.dir;
  throw new PolyflowError("request_invalid", "Several projects are configured. Say which one with --project <folder>.");
}
