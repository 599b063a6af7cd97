import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { connectionUri, isPolyflowError } from "@polyflow/contracts";
import type { TaskContext } from "../task-context.ts";
import { FailTask } from "../task-errors.ts";
import { forEachLine } from "./for-each-line.ts";

/** A program to run. */
export interface Program {
  /** Its name or path, and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly env: { readonly [name: string]: string };
  /** Relative to the project's folder. */
  readonly cwd?: string;
  /** What it reads from its standard input. Default: nothing. */
  readonly stdin?: string;
  readonly context: TaskContext;
}

/** How a program ended. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Last line of the standard output that is not empty. */
  readonly lastLine: string;
  /** Last line of either output that is not empty. */
  readonly lastErrorLine: string;
  /** What it wrote to file descriptor 4: a way for results that nothing else prints to. */
  readonly report: string;
}

/**
 * The program runs in a process group of its own, so that all it starts can be killed with it. A guard in that group waits on a pipe
 * which only the task process holds: when that dies in whatever way, the guard kills the group. `trap` keeps it through a SIGTERM to the group.
 */
const GUARDED = ["{ trap '' TERM INT HUP; read -r _ <&3; kill -KILL 0; } </dev/null >/dev/null 2>&1 &", "exec 3<&-", 'exec "$@"'].join(
  "\n",
);
const GUARD_PIPE = 3;
const REPORT_PIPE = 4;
const LONGEST_REPORT = 64 * 1_048_576;
const TERMINATION_GRACE_MS = 5_000;
/** After the command itself has ended, for output that is still in the pipes. */
const DRAIN_MS = 250;

/**
 * Runs a program, its output going to the task's log line by line. All that it started ends with it.
 * @throws FailTask when bash or the folder does not exist; the abort reason when the attempt is aborted
 */
export async function runProgram(program: Program): Promise<ProgramEnd> {
  const { context, stdin } = program;
  context.signal.throwIfAborted();
  const cwd = resolve(context.projectDir, program.cwd ?? ".");
  const child = spawn("bash", ["-c", GUARDED, "polyflow", ...program.command], {
    cwd,
    env: { ...inheritedEnvironment(), ...contextVariables(context), ...(await warehouseVariables(context)), ...program.env },
    detached: true,
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe", "pipe", "pipe"],
  });
  if (stdin !== undefined) feed(child, stdin);
  const report = collectReport(child);
  const last = { out: "", any: "" };
  const stopReading = [
    readLines(child.stdout, (line) => {
      context.log.info(line);
      if (line.trim() !== "") last.out = last.any = line;
    }),
    readLines(child.stderr, (line) => {
      context.log.info(line);
      if (line.trim() !== "") last.any = line;
    }),
  ];
  const stopWatching = killOnAbort(child, context.signal);
  try {
    const { exitCode, signal } = await ended(child, cwd);
    context.signal.throwIfAborted();
    return { exitCode, signal, lastLine: last.out, lastErrorLine: last.any, report: report() };
  } finally {
    stopWatching();
    killGroup(child, "SIGKILL");
    for (const stop of stopReading) stop();
    child.stdio[GUARD_PIPE]?.destroy();
    child.stdio[REPORT_PIPE]?.destroy();
  }
}

/** A program may end without having read all that it was given. */
function feed(child: ChildProcess, text: string): void {
  child.stdin?.on("error", (error) => {
    if (!("code" in error && (error.code === "EPIPE" || error.code === "ECONNRESET"))) throw error;
  });
  child.stdin?.end(text);
}

function collectReport(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdio[REPORT_PIPE]?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= LONGEST_REPORT) chunks.push(chunk);
  });
  return () => {
    if (size <= LONGEST_REPORT) return Buffer.concat(chunks).toString("utf8");
    throw new FailTask(`The program reported ${size} bytes, at most ${LONGEST_REPORT} are taken. Write large data to a table or a file.`);
  };
}

function ended(child: ChildProcess, cwd: string): Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((fulfil, reject) => {
    child.once("error", (error) => {
      const why = existsSync(cwd)
        ? `bash could not be started in ${cwd}: ${error.message}`
        : `There is no folder ${cwd}: make it, or name another as \`cwd\`.`;
      reject(new FailTask(why, { cause: error }));
    });
    child.once("exit", (exitCode, signal) => {
      const finish = (): void => fulfil({ exitCode, signal });
      // "close" waits for everyone who holds the output, among them what the command left behind in the background
      const timer = setTimeout(finish, DRAIN_MS);
      child.once("close", () => {
        clearTimeout(timer);
        finish();
      });
    });
  });
}

function killOnAbort(child: ChildProcess, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const abort = (): void => {
    killGroup(child, "SIGTERM");
    timer = setTimeout(() => killGroup(child, "SIGKILL"), TERMINATION_GRACE_MS);
  };
  signal.addEventListener("abort", abort, { once: true });
  return () => {
    signal.removeEventListener("abort", abort);
    clearTimeout(timer);
  };
}

/** The group outlives its first process as long as anything of it runs; gone altogether is as good as killed. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function readLines(stream: Readable | null, take: (line: string) => void): () => void {
  return stream === null ? () => undefined : forEachLine(stream, take);
}

/** The task process passes its own environment on: the supervisor has made it, without secrets of Polyflow. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  // oxlint-disable-next-line no-restricted-properties -- handed on to a child, not read for configuration
  return process.env;
}

function contextVariables(context: TaskContext): { readonly [name: string]: string } {
  const facts = {
    DAG_ID: context.dagId,
    TASK_ID: context.taskId,
    RUN_ID: context.runId,
    TRY_NUMBER: String(context.tryNumber),
    LOGICAL_DATE: context.logicalDate?.toISOString() ?? "",
    DATA_INTERVAL_START: context.dataIntervalStart?.toISOString() ?? "",
    DATA_INTERVAL_END: context.dataIntervalEnd?.toISOString() ?? "",
    PROJECT_DIR: context.projectDir,
  };
  const { DAG_ID, TASK_ID, RUN_ID, TRY_NUMBER, LOGICAL_DATE } = facts;
  const asInAirflow = { DAG_ID, TASK_ID, DAG_RUN_ID: RUN_ID, TRY_NUMBER, LOGICAL_DATE };
  return { ...prefixed("POLYFLOW_", facts), ...prefixed("AIRFLOW_CTX_", asInAirflow) };
}

/** B8: the warehouse's connection, and the schema of the system tables in it; nothing where there is no connection `df`. */
async function warehouseVariables(context: TaskContext): Promise<{ readonly [name: string]: string }> {
  try {
    const warehouse = await context.connection("df");
    const schema = warehouse.extra["system_schema"];
    return { AF_DF_CONNECTION: connectionUri(warehouse), AF_DF_SCHEMA: typeof schema === "string" ? schema : "df" };
  } catch (error) {
    if (isPolyflowError(error, "connection_not_found")) return {};
    throw error;
  }
}

function prefixed(prefix: string, facts: { readonly [name: string]: string }): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [prefix + name, value]));
}
