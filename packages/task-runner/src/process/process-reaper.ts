import { pause } from "../api/retry.ts";
import type { Clock, Logger } from "@polyflow/service-kit";
import { descendantsOf, searchByEnvironment, readProcTable } from "./proc-table.ts";
import { signalProcess } from "./signals.ts";
import { PROCESS_VARIABLE } from "./task-process.ts";
import type { TaskProcess } from "./task-process.ts";

/** Programs that outlive their attempt are looked for this long after it, for all attempts that ended meanwhile at once. */
const SWEEP_DELAY_MS = 1_000;
const SWEEP_ROUNDS = 3;
const ATTEMPT_VARIABLE = "POLYFLOW_ATTEMPT_ID";

/** Ends task processes with all that they have started, also what has left their group and session. */
export class ProcessReaper {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #graceMs: number;
  /** What ended since the last sweep. */
  readonly #attempts = new Set<string>();
  readonly #processes = new Set<string>();
  #cancelSweep: (() => void) | undefined;

  constructor(clock: Clock, logger: Logger, graceMs: number) {
    this.#clock = clock;
    this.#logger = logger;
    this.#graceMs = graceMs;
  }

  /**
   * Tells the task to end, and kills what is left after the grace period. Resolves when the process is gone.
   * @param answered settles when there is nothing more to wait for: the task has come to its end by itself
   */
  async terminate(process: TaskProcess, reason: "timeout" | "cancelled", answered: Promise<unknown>): Promise<void> {
    process.send({ kind: "abort", reason });
    process.signal("SIGTERM");
    const waiting = new AbortController();
    await Promise.race([process.exited, answered, pause(this.#clock, this.#graceMs, waiting.signal)]);
    waiting.abort();
    await this.kill(process);
  }

  /** Kills a process and all it has started. Resolves when all of it is gone. */
  async kill(process: TaskProcess): Promise<void> {
    // once the process is dead its orphans cannot be told by their parent any more
    const descendants = process.pid === undefined ? [] : descendantsOf(process.pid, readProcTable());
    process.signal("SIGKILL");
    for (const pid of descendants) signalProcess(pid, "SIGKILL");
    await process.exited;
    await this.#sweep(new Set(), new Set([process.marker]));
  }

  /** The process has ended by itself: whatever it left behind goes as well. */
  cleanAfterProcess(process: TaskProcess): void {
    process.signal("SIGKILL");
    this.#processes.add(process.marker);
    this.#sweepSoon();
  }

  /** The attempt has ended in a process that goes on. */
  cleanAfterAttempt(attemptId: string): void {
    this.#attempts.add(attemptId);
    this.#sweepSoon();
  }

  /** Does now what is still to be done. */
  async stop(): Promise<void> {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    if (this.#attempts.size + this.#processes.size > 0) await this.#sweepAll();
  }

  #sweepSoon(): void {
    this.#cancelSweep ??= this.#clock.schedule(SWEEP_DELAY_MS, () => {
      this.#cancelSweep = undefined;
      void this.#sweepAll();
    });
  }

  async #sweepAll(): Promise<void> {
    const attempts = new Set(this.#attempts);
    const processes = new Set(this.#processes);
    this.#attempts.clear();
    this.#processes.clear();
    await this.#sweep(attempts, processes);
  }

  async #sweep(attempts: ReadonlySet<string>, processes: ReadonlySet<string>): Promise<void> {
    const marks = [
      { name: ATTEMPT_VARIABLE, matches: (value: string) => attempts.has(value) },
      { name: PROCESS_VARIABLE, matches: (value: string) => processes.has(value) },
    ];
    // what is killed may have been starting something, so look until nothing is found
    for (let round = 0; round < SWEEP_ROUNDS; round += 1) {
      const killed = (await searchByEnvironment(marks)).filter((pid) => signalProcess(pid, "SIGKILL"));
      if (killed.length === 0) return;
      this.#logger.info("killed programs that had outlived their attempt", { pids: killed });
    }
  }
}
