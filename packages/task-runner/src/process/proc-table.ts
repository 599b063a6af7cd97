import { readdirSync, readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

const PIDS_PER_STEP = 16;

/** One row of the kernel's process table. */
export interface ProcRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** Start of the process in clock ticks since boot: with the pid it names a process for good. */
  readonly startTicks: number;
}

/** All processes; empty where there is no `/proc`. */
export function readProcTable(): readonly ProcRow[] {
  return listPids()
    .map(readProcRow)
    .filter((row) => row !== undefined);
}

/** Undefined when there is no such process (any more). */
export function readProcRow(pid: number): ProcRow | undefined {
  const stat = readProcFile(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // the name in parentheses may itself hold spaces and parentheses
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  return fields[0] === "Z" ? undefined : { pid, parentPid: field(4), groupId: field(5), sessionId: field(6), startTicks: field(22) };
}

/** Names the time since the machine was started; start ticks mean nothing beyond it. Empty where there is no `/proc`. */
export function bootId(): string {
  return readProcFile("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

/** A variable of a process's environment as it was at the process's start. */
export interface EnvironmentMark {
  readonly name: string;
  readonly matches: (value: string) => boolean;
}

/** Pids of processes that carry one of the marks. */
export function findByEnvironment(marks: readonly EnvironmentMark[]): readonly number[] {
  return listPids().filter((pid) => carriesMark(pid, marks));
}

/** The same in small steps, so that other work of this process goes on meanwhile. */
export async function searchByEnvironment(marks: readonly EnvironmentMark[]): Promise<readonly number[]> {
  const found: number[] = [];
  for (const [index, pid] of listPids().entries()) {
    if (index % PIDS_PER_STEP === PIDS_PER_STEP - 1) await setImmediate();
    if (carriesMark(pid, marks)) found.push(pid);
  }
  return found;
}

function carriesMark(pid: number, marks: readonly EnvironmentMark[]): boolean {
  const environ = readProcFile(`/proc/${pid}/environ`);
  if (environ === undefined || !marks.some(({ name }) => environ.includes(`${name}=`))) return false;
  return environ
    .split("\0")
    .some((entry) => marks.some(({ name, matches }) => entry.startsWith(`${name}=`) && matches(entry.slice(name.length + 1))));
}

/** A process's descendants as the table shows them; those whose parent has died are not among them. */
export function descendantsOf(pid: number, table: readonly ProcRow[]): readonly number[] {
  const found = [pid];
  for (let index = 0; index < found.length; index += 1) {
    for (const row of table) if (row.parentPid === found[index]) found.push(row.pid);
  }
  return found.slice(1);
}

function listPids(): readonly number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid > 1);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Processes end while we look, and those of other users are not ours to read. */
function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["ENOENT", "ESRCH", "EACCES", "EPERM", "EINVAL"].includes(String(error.code));
}
