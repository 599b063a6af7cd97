import { PolyflowError } from "@polyflow/contracts";
import type { DagDefinition } from "@polyflow/sdk/runtime";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { LazyStore } from "../database/lazy-store.ts";
import { installedProviders } from "../providers/installed-providers.ts";
import { chooseProjects } from "../standalone/projects.ts";
import { type DagFile, findDagFiles } from "./find-dag-file.ts";
import { parseConf } from "./parse-conf.ts";

/** `polyflow dags test`: runs a DAG in this process; connections and variables are those of the home folder. */
export async function testDag(invocation: Invocation, argument = ""): Promise<number> {
  const { core } = invocation.configuration().values;
  const { cwd } = invocation.surroundings;
  const projects = await chooseProjects(invocation.home(), { configured: core.projects, loadExamples: core.load_examples, cwd });
  const { file, definition } = await loadDag(invocation, argument, findDagFiles(argument, { cwd, projects }));
  const { runDag } = await import("@polyflow/testing");
  const store = new LazyStore(invocation);
  try {
    const run = await runDag(definition, {
      conf: parseConf(invocation.text("conf")),
      connections: async (connectionId) => (await store.get()).secrets.getConnection(connectionId),
      variables: async (key) => (await (await store.get()).secrets.getVariable(key))?.value,
      providers: await installedProviders(),
      projectDir: file.project.dir,
      clock: invocation.surroundings.clock,
      onLog: (taskId, line) => invocation.note(`${taskId}  ${line.level.toUpperCase().padEnd(7)} ${line.message}`),
    });
    invocation.printRows(run.tasks.map(({ taskId, state, tries, reason }) => ({ task_id: taskId, state, tries, reason })));
    for (const task of run.tasks)
      if (task.state === "failed" && task.stack !== undefined) invocation.note(`\n${task.taskId}:\n${task.stack}`);
    return run.state === "success" ? EXIT.success : EXIT.failed;
  } finally {
    await store.close();
  }
}

interface LoadedDag {
  readonly file: DagFile;
  readonly definition: DagDefinition;
}

/** Reads the files as the DAG processor does, in a child with its limits, and then imports the bundle of the right one here. */
async function loadDag(invocation: Invocation, argument: string, files: readonly DagFile[]): Promise<LoadedDag> {
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
