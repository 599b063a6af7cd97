import { readFileSync } from "node:fs";
import { constants } from "node:os";
import type { ProcessExit } from "../process/task-process.ts";

/** What is known about a task process that ended without reporting a result. */
export interface DeathFacts {
  readonly exit: ProcessExit;
  /** The kernel has killed a process for want of memory since this was last asked. */
  readonly outOfMemory: boolean;
  /** The process printed that its JavaScript heap was full. */
  readonly heapExhausted: boolean;
}

/** Says what happened and what to do, for the author of the task. */
export function describeDeath({ exit, outOfMemory, heapExhausted }: DeathFacts): string {
  if (exit.kind === "not_started") return `The task process could not be started: ${exit.message}.`;
  if (heapExhausted) {
    return `The task process ran out of JavaScript heap (${describeExit(exit)}). Process the data in pieces, or leave it to the database.`;
  }
  if (exit.kind === "signalled" && exit.signal === "SIGKILL") {
    return outOfMemory
      ? "The task process was killed by the kernel because memory ran out (SIGKILL, exit code 137). Process the data in pieces, or give the worker more memory."
      : "The task process was killed by SIGKILL (exit code 137) from outside of Polyflow.";
  }
  if (exit.kind === "exited" && exit.code === 0) {
    return "The task process exited with code 0 before the task had ended. A task ends by returning or throwing; take process.exit() out of it.";
  }
  return `The task process died (${describeExit(exit)}) before the task had ended.`;
}

function describeExit(exit: Exclude<ProcessExit, { kind: "not_started" }>): string {
  if (exit.kind === "exited") return `exit code ${exit.code}`;
  return `${exit.signal}, exit code ${128 + constants.signals[exit.signal]}`;
}

/** Notices when the kernel has killed a process for want of memory. */
export class OutOfMemoryCounter {
  #seen = readOutOfMemoryKills();

  /** Whether there was one since the last call (or the start). */
  hasGrown(): boolean {
    const before = this.#seen;
    this.#seen = readOutOfMemoryKills();
    return this.#seen > before;
  }
}

function readOutOfMemoryKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync("/proc/vmstat", "utf8"))?.[1] ?? 0);
  } catch (error) {
    // not on Linux, or hidden from us: then nothing can be known
    if (error instanceof Error && "code" in error) return 0;
    throw error;
  }
}
