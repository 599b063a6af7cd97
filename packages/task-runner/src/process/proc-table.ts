import { readdirSync, readFileSync } from "node:fs";

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

/** Pids of processes whose environment at their start had `name` with a value that `matches` accepts. */
export function findByEnvironment(name: string, matches: (value: string) => boolean): readonly number[] {
  const prefix = `${name}=`;
  return listPids().filter((pid) => {
    const environ = readProcFile(`/proc/${pid}/environ`);
    if (environ === undefined || !environ.includes(prefix)) return false;
    const entry = environ.split("\0").find((candidate) => candidate.startsWith(prefix));
    return entry !== undefined && matches(entry.slice(prefix.length));
  });
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
