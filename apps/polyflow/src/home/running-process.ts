import { readFileSync } from "node:fs";
import { z } from "zod";

/** A process that cannot be mixed up with a later one of the same number. */
export const runningProcess = z.object({
  pid: z.number().int(),
  /** Ticks between boot and its start, of Linux; null elsewhere. */
  startTicks: z.string().nullable(),
  /** Of the boot of the machine, of Linux; null elsewhere. */
  bootId: z.string().nullable(),
});
export type RunningProcess = z.infer<typeof runningProcess>;

export function thisProcess(): RunningProcess {
  return { pid: process.pid, startTicks: startTicks(process.pid), bootId: bootId() };
}

/** Whether that very process is alive. */
export function isRunning(found: RunningProcess): boolean {
  if (!isAlive(found.pid)) return false;
  return found.startTicks === startTicks(found.pid) && found.bootId === bootId();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** @returns null for zombies as well: they are dead. */
function startTicks(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? null : (fields[19] ?? null);
}

function bootId(): string | null {
  return readOrNull("/proc/sys/kernel/random/boot_id")?.trim() ?? null;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return null;
    throw error;
  }
}
