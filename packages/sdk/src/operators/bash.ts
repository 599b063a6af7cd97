import { checkOptions } from "../check-options.ts";
import { operator } from "../operator.ts";
import type { TaskContext } from "../task-context.ts";
import { FailTask, SkipTask } from "../task-errors.ts";
import { splitWired, type TaskHandle, type Wired } from "../task-handle.ts";
import type { TaskOptions } from "../task-options.ts";
import { runProgram } from "./run-program.ts";

/** What an environment variable can be given as. */
export type EnvironmentValues = { readonly [name: string]: string | number | boolean };

/** Options of `bash`. */
export interface BashOptions extends TaskOptions {
  /**
   * The command, in which templates are rendered, or a function that makes it when the task runs. Hand data over in `env` rather than in
   * the text of the command: what stands in a variable cannot be mistaken for a command.
   */
  readonly command: string | ((context: TaskContext) => string | Promise<string>);
  /** Variables for the command: constants, in which templates are rendered, or outputs of other tasks, which are handed over as they are. */
  readonly env?: Wired<EnvironmentValues>;
  /** Folder to run in, relative to the project's. Default: the project's folder. */
  readonly cwd?: string;
  /** Exit code that means "nothing to do": the task is skipped. Default 99. */
  readonly skipOnExitCode?: number;
}

interface BashFields {
  readonly command?: string;
  readonly env: EnvironmentValues;
}

const SKIP_EXIT_CODE = 99;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Adds a task that runs a command with `bash -c`. Its output is the last line that the command printed.
 *
 * An exit code other than 0 fails the try, 99 skips the task. The command sees the environment of the task process, `env`, and
 * `POLYFLOW_DAG_ID`, `_RUN_ID`, `_TASK_ID`, `_TRY_NUMBER`, `_LOGICAL_DATE`, `_DATA_INTERVAL_START`, `_DATA_INTERVAL_END`, `_PROJECT_DIR`
 * (with those that Airflow calls `AIRFLOW_CTX_…`), and `AF_DF_CONNECTION` and `AF_DF_SCHEMA` where there is a connection `df`. When the attempt ends, everything that the command started ends as well.
 *
 * @example bash({ id: "count", command: 'wc -l < "$FILE"', env: { FILE: extract().get("path") }, retries: 2 });
 */
export function bash({ command, env = {}, cwd, skipOnExitCode = SKIP_EXIT_CODE, ...options }: BashOptions): TaskHandle<string> {
  checkOptions(options, {
    command: [command, "text or function"],
    env: [env, "object"],
    cwd: [cwd, "text", "optional"],
    skipOnExitCode: [skipOnExitCode, "count"],
  });
  const { constants, outputs } = splitWired<EnvironmentValues[string]>(env);
  return operator<string, EnvironmentValues, BashFields>({
    name: "bash",
    options,
    inputs: outputs,
    details: { command: typeof command === "string" ? command : "(made when the task runs)", ...(cwd === undefined ? {} : { cwd }) },
    fields: { env: constants, ...(typeof command === "string" ? { command } : {}) },
    async execute(values, context, fields) {
      const text = typeof command === "string" ? (fields.command ?? command) : await command(context);
      const variables = toVariables({ ...fields.env, ...values });
      const result = await runProgram({ command: ["bash", "-c", text], env: variables, context, ...(cwd === undefined ? {} : { cwd }) });
      if (result.exitCode === skipOnExitCode) throw new SkipTask(`The command ended with exit code ${skipOnExitCode}.`);
      if (result.exitCode === 0) return result.lastLine;
      const how = result.exitCode === null ? `was killed by ${result.signal}` : `ended with exit code ${result.exitCode}`;
      throw new Error(`The command ${how}. Its last line: ${JSON.stringify(result.lastErrorLine)}`);
    },
  });
}

function toVariables(values: EnvironmentValues): { readonly [name: string]: string } {
  const variables: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(values)) {
    if (!VARIABLE_NAME.test(name)) throw new FailTask(`env: ${JSON.stringify(name)} is no name of a variable.`);
    variables[name] = typeof value === "string" ? value : JSON.stringify(value);
  }
  return variables;
}
