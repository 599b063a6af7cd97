import { PolyflowError } from "@polyflow/contracts";
import type { DagDefinition } from "@polyflow/sdk/runtime";
import type { RunDagOptions } from "@polyflow/testing";
import type { Invocation } from "../cli/invocation.ts";
import { installedProviders } from "../providers/installed-providers.ts";
import type { CommandSecrets } from "../secrets/command-secrets.ts";
import { chooseProjects } from "../standalone/projects.ts";
import { type DagFile, findDagFiles } from "./find-dag-file.ts";
import { parseConf } from "./parse-conf.ts";

/** A DAG with its code, in this process. */
export interface LoadedDag {
  readonly file: DagFile;
  readonly definition: DagDefinition;
}

/**
 * The DAG that an argument names: a file, or an id that one of the projects describes.
 * @throws PolyflowError `dag_not_found`, `dag_invalid`
 */
export async function loadDag(invocation: Invocation, argument: string): Promise<LoadedDag> {
  const { core } = invocation.configuration().values;
  const { cwd } = invocation.surroundings;
  const projects = await chooseProjects(invocation.home(), { configured: core.projects, loadExamples: core.load_examples, cwd });
  return readDag(invocation, argument, findDagFiles(argument, { cwd, projects }));
}

/** What a run in this process is given: connections and variables of the home folder, `--conf` and `--logical-date`. */
export async function runOptions(invocation: Invocation, { file }: LoadedDag, secrets: CommandSecrets): Promise<RunDagOptions> {
  const logicalDate = invocation.text("logicalDate");
  return {
    conf: parseConf(invocation.text("conf")),
    connections: (connectionId) => secrets.find(connectionId),
    variables: (key) => secrets.variable(key),
    providers: await installedProviders(),
    projectDir: file.project.dir,
    clock: invocation.surroundings.clock,
    ...(logicalDate === undefined ? {} : { logicalDate: new Date(logicalDate) }),
    onLog: (taskId, line) => invocation.note(`${taskId}  ${line.level.toUpperCase().padEnd(7)} ${line.message}`),
  };
}

/** Reads the files as the DAG processor does, in a child with its limits, and then imports the bundle of the right one here. */
async function readDag(invocation: Invocation, argument: string, files: readonly DagFile[]): Promise<LoadedDag> {
  const { readDagFile } = await import("@polyflow/dag-processor");
  const { importBundle } = await import("@polyflow/sdk/runtime");
  process.setSourceMapsEnabled(true);
  const wanted = invocation.text("dagId");
  const found: string[] = [];
  for (const file of files) {
    const parsed = await readDagFile({ ...file, clock: invocation.surroundings.clock, logger: invocation.logger() });
    if (parsed.kind === "error") throw unreadable(file, parsed);
    const definitions = await importBundle({ code: parsed.bundle.code, projectDir: file.project.dir });
    const ids = definitions.map((definition) => definition.dagId);
    const chosen = wanted ?? (ids.includes(argument) ? argument : files.length === 1 && ids.length === 1 ? ids[0] : undefined);
    const definition = definitions.find((candidate) => candidate.dagId === chosen);
    if (definition !== undefined) return { file, definition };
    found.push(...ids);
  }
  const choice = found.length === 0 ? "They describe no DAG." : `They describe ${found.join(", ")}; choose one with --dag-id.`;
  throw new PolyflowError("dag_not_found", `Looked into ${files.map((file) => file.relativePath).join(", ")}. ${choice}`);
}

function unreadable(
  file: DagFile,
  error: { readonly code: string; readonly message: string; readonly line: number | null; readonly column: number | null },
): PolyflowError {
  const place = error.line === null ? file.relativePath : `${file.relativePath}:${error.line}:${error.column ?? 1}`;
  return new PolyflowError("dag_invalid", `${place}: ${error.message} (${error.code})`);
}
