import { join, resolve, sep } from "node:path";
import type { JsonObject, JsonValue } from "@polyflow/contracts";
import { invalidDag } from "../invalid-dag.ts";
import { checkOptions } from "../check-options.ts";
import { operator } from "../operator.ts";
import type { Connection, TaskContext } from "../task-context.ts";
import { FailTask, SkipTask } from "../task-errors.ts";
import { type AnyOutput, splitWired, type TaskHandle } from "../task-handle.ts";
import type { TaskOptions } from "../task-options.ts";
import { type ProgramEnd, runProgram } from "./run-program.ts";

/** Arguments of the function by name. */
export type PythonArguments = { readonly [name: string]: JsonValue };

/** Options of `python`. Give `file` or `code`. */
export interface PythonOptions extends TaskOptions {
  /** A Python file, relative to the project's folder. */
  readonly file?: string;
  /** Python itself, in which templates are rendered. */
  readonly code?: string;
  /** Function of the file or code to call with `arguments`; what it returns is the output. Without one the file is run as a script. */
  readonly callable?: string;
  /** Arguments by name: constants, in which templates are rendered, or outputs of other tasks. A script finds them as `polyflow.arguments`. */
  readonly arguments?: { readonly [name: string]: JsonValue | AnyOutput };
  /** Ids of connections that the task gets as `polyflow.connections["id"]`. */
  readonly connections?: readonly string[];
  /** Further variables of the environment; templates are rendered. */
  readonly env?: { readonly [name: string]: string };
  /** The Python to use: a name, or a path relative to the project's folder such as `".venv/bin/python"`. Default `"python3"`. */
  readonly interpreter?: string;
}

interface PythonFields {
  readonly code?: string;
  readonly arguments: PythonArguments;
  readonly env: { readonly [name: string]: string };
}

/** How the Python side says that it ended; see python-runner.py. */
type PythonReport =
  | { readonly kind: "success"; readonly output: JsonValue }
  | { readonly kind: "exit"; readonly code: number; readonly message: string }
  | { readonly kind: "skip" | "fail" | "error"; readonly message: string; readonly trace: string };

const RUNNER = join(import.meta.dirname, "python-runner.py");
const SKIP_EXIT_CODE = 99;

/**
 * Adds a task that runs Python: a function of a file, which gets its arguments by name and whose result is the output, or a whole script,
 * whose output is the last line that it printed.
 *
 * The Python imports from the file's folder, the project's `plugins/` and the project's folder. `import polyflow` gives `context` (`ds`,
 * `run_id`, `params` …), `arguments`, `connections`, `SkipTask` and `FailTask`; an exit code of 99 skips the task as well.
 *
 * @example
 * const total = python<number>({ id: "total", file: "source/totals.py", callable: "total", arguments: { rows: extract(), day: "{{ ds }}" } });
 */
export function python<Output = JsonValue>(given: PythonOptions): TaskHandle<Output> {
  const { file, code, callable, arguments: wired = {}, connections = [], env = {}, interpreter = "python3", ...options } = given;
  checkOptions(options, {
    file: [file, "text", "optional"],
    code: [code, "text", "optional"],
    callable: [callable, "text", "optional"],
    arguments: [wired, "object"],
    connections: [connections, "list"],
    env: [env, "object"],
    interpreter: [interpreter, "text"],
  });
  if ((file === undefined) === (code === undefined))
    throw invalidDag(`task "${options.id}": give python either a file or code, as in python({ id, file: "source/totals.py" }).`);
  const { constants, outputs } = splitWired<JsonValue>(wired);
  return operator<Output, PythonArguments, PythonFields>({
    name: "python",
    options,
    inputs: outputs,
    details: { ...(file === undefined ? { code: code ?? "" } : { file }), ...(callable === undefined ? {} : { callable }), interpreter },
    fields: { ...(code === undefined ? {} : { code }), arguments: constants, env },
    async execute(values, context, fields) {
      const job = {
        file: file === undefined ? null : insideProject(file, context),
        code: fields.code ?? null,
        callable: callable ?? null,
        arguments: { ...fields.arguments, ...values },
        connections: await fetchConnections(connections, context),
        context: contextOf(context),
        path: searchPath(file, context),
      };
      const end = await runProgram({
        command: [interpreter.includes("/") ? resolve(context.projectDir, interpreter) : interpreter, "-u", RUNNER],
        env: { PYTHONIOENCODING: "utf-8", ...fields.env },
        stdin: JSON.stringify(job),
        context,
      });
      // a script's output is text, that of a function what its author declared
      return outputOf(end, { interpreter, isScript: callable === undefined, context }) as Output;
    },
  }) as TaskHandle<Output>;
}

function insideProject(file: string, { projectDir }: TaskContext): string {
  const path = resolve(projectDir, file);
  if (path.startsWith(projectDir.endsWith(sep) ? projectDir : projectDir + sep)) return path;
  throw new FailTask(`${JSON.stringify(file)} lies outside of the project. Give a path within the project's folder.`);
}

function searchPath(file: string | undefined, { projectDir }: TaskContext): readonly string[] {
  return [...(file === undefined ? [] : [resolve(projectDir, file, "..")]), join(projectDir, "plugins"), projectDir];
}

async function fetchConnections(ids: readonly string[], context: TaskContext): Promise<{ readonly [id: string]: Connection }> {
  return Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await context.connection(id)] as const)));
}

function contextOf(context: TaskContext): JsonObject {
  const { dagId, taskId, runId, mapIndex, tryNumber, runType, params, conf, logicalDate, dataIntervalStart, dataIntervalEnd } = context;
  const iso = (date: Date | undefined): string | null => date?.toISOString() ?? null;
  return {
    dag_id: dagId,
    task_id: taskId,
    run_id: runId,
    map_index: mapIndex,
    try_number: tryNumber,
    run_type: runType,
    params,
    conf,
    ds: iso(logicalDate)?.slice(0, 10) ?? null,
    logical_date: iso(logicalDate),
    data_interval_start: iso(dataIntervalStart),
    data_interval_end: iso(dataIntervalEnd),
    run_after: context.runAfter.toISOString(),
    project_dir: context.projectDir,
  };
}

function outputOf(
  end: ProgramEnd,
  { interpreter, isScript, context }: { interpreter: string; isScript: boolean; context: TaskContext },
): JsonValue {
  if (end.report === "") throw new Error(`${interpreter} ${describeEnd(end)} Its last line: ${JSON.stringify(end.lastErrorLine)}`);
  // written by our own runner
  const report = JSON.parse(end.report) as PythonReport;
  switch (report.kind) {
    case "success":
      return isScript ? end.lastLine : report.output;
    case "exit":
      if (report.code === 0) return isScript ? end.lastLine : null;
      if (report.code === SKIP_EXIT_CODE) throw new SkipTask(`The Python ended with exit code ${SKIP_EXIT_CODE}.`);
      throw new Error(
        `The Python ended with exit code ${report.code}. ${report.message || `Its last line: ${JSON.stringify(end.lastErrorLine)}`}`,
      );
    case "skip":
      throw new SkipTask(report.message);
    case "fail":
      throw new FailTask(report.message);
    case "error":
      context.log.error(report.trace.trimEnd());
      throw new Error(report.message);
  }
}

function describeEnd({ exitCode, signal }: ProgramEnd): string {
  if (exitCode === 127) return "was not found. Install it, or name another interpreter.";
  return exitCode === null ? `was killed by ${signal}.` : `ended with exit code ${exitCode} before it reported.`;
}
