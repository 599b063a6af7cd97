import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isAlive, processTree } from "../../tests/harness/process-tree.ts";

/** Exit codes of shells for a program that ended by a signal. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const PARENT_LOOK_MS = 250;
/** PostgreSQL is given so long to take its shared memory away. */
const LONGEST_END_MS = 5_000;

/**
 * Puts all temporary files of the measurement below one folder, and takes that and all started processes away when the measurement is
 * interrupted: by Ctrl-C, by `timeout`, or by its end in an error.
 */
export function cleanUpAfterwards(): void {
  const folder = mkdtempSync(join(tmpdir(), "polyflow-bench-"));
  // Whatever is started later finds its temporary folder here.
  process.env["TMPDIR"] = folder;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const endBy = (signal: keyof typeof EXIT_CODES): void => void endAllStarted().finally(() => process.exit(EXIT_CODES[signal]));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => endBy(signal));
  whenOrphaned(() => endBy("SIGTERM"));
}

/** npm runs a script through a shell: a signal that ends these two is never heard here. */
function whenOrphaned(callback: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, PARENT_LOOK_MS);
  timer.unref();
}

/** Programs die at once; a PostgreSQL gets the signal on which it stops without finishing anything, but leaves no shared memory behind. */
async function endAllStarted(): Promise<void> {
  const started = processTree(process.pid).filter((pid) => pid !== process.pid);
  const postmasters = started.filter(isPostmaster);
  const others = started.filter((pid) => !postmasters.includes(pid) && !isPostgres(pid));
  for (const pid of others) send(pid, "SIGKILL");
  for (const pid of postmasters) send(pid, "SIGQUIT");
  for (const deadline = performance.now() + LONGEST_END_MS; started.some(isAlive) && performance.now() < deadline; ) await pause(20);
  for (const pid of started.filter(isAlive)) send(pid, "SIGKILL");
}

function isPostmaster(pid: number): boolean {
  const [program = "", ...rest] = commandOf(pid);
  return program.endsWith("/postgres") && rest.includes("-D");
}

/** The processes of a PostgreSQL server end with it; they call themselves `postgres: …`. */
function isPostgres(pid: number): boolean {
  return (commandOf(pid)[0] ?? "").startsWith("postgres: ");
}

function commandOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch (error) {
    if (hasGone(error)) return [];
    throw error;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasGone(error)) throw error;
  }
}

function hasGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "ENOENT");
}
