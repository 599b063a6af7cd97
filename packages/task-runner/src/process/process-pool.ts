import { PolyflowError } from "@polyflow/contracts";
import type { Isolation } from "@polyflow/contracts";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { ProcessRecords } from "./leftover-processes.ts";
import type { ProcessReaper } from "./process-reaper.ts";
import { TaskProcess } from "./task-process.ts";
import type { TaskProcessOptions } from "./task-process.ts";

export interface ProcessPoolParts {
  /** How the next process is started. */
  readonly launch: () => TaskProcessOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly records: ProcessRecords;
  readonly reaper: ProcessReaper;
  /** Started processes kept ready for any attempt. */
  readonly warmProcesses: number;
  /** Processes started at once; more would only make each of them slower. */
  readonly parallelStarts: number;
  /** A process is used for this many attempts at most. */
  readonly maxReuse: number;
  /** Idle processes that are kept for further attempts of their bundle. */
  readonly maxIdle: number;
  readonly idleTimeoutMs: number;
}

interface Waiter {
  readonly bundleHash: string;
  readonly isolation: Isolation;
  readonly resolve: (process: TaskProcess) => void;
  readonly reject: (error: PolyflowError) => void;
}

interface IdleProcess {
  readonly process: TaskProcess;
  readonly cancelTimer: () => void;
}

/**
 * Starting a process stops this one for some milliseconds (measured: 2 to 4, more on a busy machine), so a short attempt is
 * given time to end first. Attempts that wait for a process do not wait for this.
 */
const REFILL_DELAY_MS = 30;
/** Pause after a process that could not be started, before the next one is tried without an attempt waiting for it. */
const FAILED_START_PAUSE_MS = 1_000;

/** Task processes started beforehand, and those kept for further attempts of the same bundle. */
export class ProcessPool {
  readonly #parts: ProcessPoolParts;
  readonly #all = new Set<TaskProcess>();
  #starting = 0;
  readonly #warm: TaskProcess[] = [];
  /** Oldest first. */
  #idle: IdleProcess[] = [];
  readonly #waiters: Waiter[] = [];
  #refillCancel: (() => void) | undefined;
  #stopped = false;

  constructor(parts: ProcessPoolParts) {
    this.#parts = parts;
  }

  /** Starts processes until enough are ready or under way. */
  fill(): void {
    if (this.#stopped) return;
    const wanted = this.#parts.warmProcesses + this.#waiters.length - this.#warm.length;
    const missing = Math.min(wanted, this.#parts.parallelStarts) - this.#starting;
    for (let started = 0; started < missing; started += 1) this.#start();
  }

  /**
   * A process for one attempt; the caller gives it back with `release`.
   * @throws PolyflowError `internal` when no process can be started
   */
  acquire(bundleHash: string, isolation: Isolation): Promise<TaskProcess> {
    const process = (isolation === "reuse" ? this.#takeIdle(bundleHash) : undefined) ?? this.#warm.shift();
    if (process !== undefined) {
      process.bundleHash = bundleHash;
      this.#refillSoon();
      return Promise.resolve(process);
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ bundleHash, isolation, resolve, reject });
      this.fill();
    });
  }

  /** Takes a process back. One that cannot be used again is told to leave, and killed if it does not. */
  release(process: TaskProcess, reusable: boolean): void {
    process.listen(undefined);
    if (!process.isAlive) return;
    if (!reusable || this.#stopped || process.attempts >= this.#parts.maxReuse) {
      void this.#retire(process);
      return;
    }
    const waiting = this.#waiters.findIndex((waiter) => waiter.isolation === "reuse" && waiter.bundleHash === process.bundleHash);
    if (waiting >= 0) this.#waiters.splice(waiting, 1)[0]?.resolve(process);
    else this.#keepIdle(process);
  }

  /** A process that was acquired and never used goes back as it came. */
  giveBack(process: TaskProcess): void {
    process.listen(undefined);
    if (!process.isAlive) return;
    if (process.attempts > 0) return this.release(process, true);
    process.bundleHash = undefined;
    this.#offer(process);
  }

  /** Ends all processes, also those in use. Resolves when they are gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#refillCancel?.();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new PolyflowError("worker_lost", "The worker is stopping."));
    for (const idle of this.#idle.splice(0)) idle.cancelTimer();
    await Promise.all([...this.#all].map((process) => this.#parts.reaper.kill(process)));
  }

  #start(): void {
    const process = this.#spawn();
    if (process === undefined) return;
    this.#starting += 1;
    this.#all.add(process);
    if (process.pid !== undefined) this.#parts.records.add(process.pid);
    void process.exited.then(() => this.#forget(process));
    void process.ready.then((ready) => {
      this.#starting -= 1;
      if (ready) this.#offer(process);
      else void process.exited.then((exit) => this.#startFailed(JSON.stringify(exit), process.printedOutside.trim()));
    });
  }

  /** Undefined when the machine gives no process now (limits of processes or memory). */
  #spawn(): TaskProcess | undefined {
    try {
      return new TaskProcess(this.#parts.launch());
    } catch (error) {
      this.#startFailed(String(error), "");
      return undefined;
    }
  }

  #offer(process: TaskProcess): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      if (this.#warm.length >= this.#parts.warmProcesses) void this.#retire(process);
      else this.#warm.push(process);
      return;
    }
    process.bundleHash = waiter.bundleHash;
    waiter.resolve(process);
    this.fill();
  }

  #startFailed(exit: string, printed: string): void {
    if (this.#stopped) return;
    this.#parts.logger.error("a task process could not be started", { exit, printed });
    const waiter = this.#waiters.shift();
    const why = `The task process could not be started (${exit})${printed === "" ? "" : `: ${printed}`}. The worker's own log tells more.`;
    waiter?.reject(new PolyflowError("internal", why));
    this.#refillSoon(FAILED_START_PAUSE_MS);
  }

  #refillSoon(delayMs = REFILL_DELAY_MS): void {
    this.#refillCancel ??= this.#parts.clock.schedule(delayMs, () => {
      this.#refillCancel = undefined;
      this.fill();
    });
  }

  #takeIdle(bundleHash: string): TaskProcess | undefined {
    // the newest has the warmest caches
    const index = this.#idle.findLastIndex((idle) => idle.process.bundleHash === bundleHash);
    const [taken] = index < 0 ? [] : this.#idle.splice(index, 1);
    taken?.cancelTimer();
    return taken?.process;
  }

  #keepIdle(process: TaskProcess): void {
    const cancelTimer = this.#parts.clock.schedule(this.#parts.idleTimeoutMs, () => {
      this.#idle = this.#idle.filter((idle) => idle.process !== process);
      void this.#retire(process);
    });
    this.#idle.push({ process, cancelTimer });
    if (this.#idle.length <= this.#parts.maxIdle) return;
    const oldest = this.#idle.shift();
    oldest?.cancelTimer();
    if (oldest !== undefined) void this.#retire(oldest.process);
  }

  async #retire(process: TaskProcess): Promise<void> {
    process.send({ kind: "leave" });
    const { clock, reaper } = this.#parts;
    const cancel = clock.schedule(LEAVE_TIMEOUT_MS, () => void reaper.kill(process));
    await process.exited;
    cancel();
  }

  #forget(process: TaskProcess): void {
    this.#all.delete(process);
    if (process.pid !== undefined) this.#parts.records.remove(process.pid);
    const warm = this.#warm.indexOf(process);
    if (warm >= 0) this.#warm.splice(warm, 1);
    for (const idle of this.#idle.filter((candidate) => candidate.process === process)) idle.cancelTimer();
    this.#idle = this.#idle.filter((idle) => idle.process !== process);
    this.#parts.reaper.cleanAfterProcess(process);
    if (warm >= 0) this.#refillSoon(FAILED_START_PAUSE_MS);
  }
}

/** How long a process may take for its exit handlers. */
const LEAVE_TIMEOUT_MS = 5_000;
