import type { AttemptOutcome } from "@polyflow/contracts/wire";
import type { Clock, Logger } from "@polyflow/service-kit";
import { pause } from "../api/retry.ts";
import type { CrashPointHook } from "../crash-points.ts";
import type { AttemptLog } from "../log/attempt-log.ts";
import type { ProcessPool } from "../process/process-pool.ts";
import type { ProcessReaper } from "../process/process-reaper.ts";
import type { ProcessExit, TaskProcess } from "../process/task-process.ts";
import type { AttemptOrder, TaskAnswer, TaskRequest } from "../protocol/messages.ts";
import { describeDeath } from "./process-death.ts";
import type { OutOfMemoryCounter } from "./process-death.ts";

/** A process that has grown beyond this is not used again. */
const REUSE_RSS_BYTES = 512 * 1_048_576;
/** After its end a process's last output is waited for no longer than this before its death is explained. */
const LAST_OUTPUT_MS = 1_000;

export interface TaskExecutionParts {
  readonly process: TaskProcess;
  readonly log: AttemptLog;
  readonly timeoutMs: number | null;
  /** The process may serve further attempts of its bundle. */
  readonly reuse: boolean;
  readonly pool: ProcessPool;
  readonly reaper: ProcessReaper;
  readonly outOfMemory: OutOfMemoryCounter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly crashPoint: CrashPointHook;
  readonly answer: (request: TaskRequest) => Promise<TaskAnswer>;
}

/** How an attempt ended in its process. */
export interface EndedAttempt {
  readonly outcome: AttemptOutcome;
  /** The whole stack of an error, where the outcome has less. */
  readonly trace?: string;
}

type End =
  | ({ readonly kind: "result"; readonly reusable: boolean } & EndedAttempt)
  | { readonly kind: "timeout" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "died"; readonly exit: ProcessExit };

/** Runs one attempt in a task process, to whatever end, and gives the process back or kills it. */
export class TaskExecution {
  readonly #parts: TaskExecutionParts;
  readonly #end = Promise.withResolvers<End>();
  /** Resolves when the task has reported a result, also one that comes too late. */
  readonly #answered = Promise.withResolvers<void>();

  constructor(parts: TaskExecutionParts) {
    this.#parts = parts;
  }

  cancel(): void {
    this.#end.resolve({ kind: "cancelled" });
  }

  /** @returns the outcome to report; undefined when the attempt was cancelled and nobody waits for one */
  async run(order: AttemptOrder): Promise<EndedAttempt | undefined> {
    const { clock, process, timeoutMs } = this.#parts;
    this.#listen(order.attemptId);
    process.run(order);
    const cancelTimer = timeoutMs === null ? undefined : clock.schedule(timeoutMs, () => this.#end.resolve({ kind: "timeout" }));
    const end = await this.#end.promise;
    cancelTimer?.();
    return this.#conclude(order.attemptId, end);
  }

  #listen(attemptId: string): void {
    const { answer, logger, process } = this.#parts;
    process.listen({
      onRequest: (message) => {
        if (message.attemptId !== attemptId) return;
        void answer(message.request).then((given) => process.send({ kind: "answer", id: message.id, answer: given }));
      },
      onResult: (message) => {
        if (message.attemptId !== attemptId) return;
        this.#answered.resolve();
        const reusable = message.reusable && message.rssBytes <= REUSE_RSS_BYTES;
        const { outcome, trace } = message;
        this.#end.resolve({ kind: "result", outcome, reusable, ...(trace === undefined ? {} : { trace }) });
      },
      onLateError: (message) =>
        logger.warn("an error came from an attempt after its end", { attemptId: message.attemptId, error: message.message }),
      onExit: (exit) => this.#end.resolve({ kind: "died", exit }),
    });
    // it may have died between its acquisition and now
    if (!process.isAlive) void process.exited.then((exit) => this.#end.resolve({ kind: "died", exit }));
  }

  async #conclude(attemptId: string, end: End): Promise<EndedAttempt | undefined> {
    const { pool, process, reaper, reuse, timeoutMs } = this.#parts;
    switch (end.kind) {
      case "result":
        pool.release(process, reuse && end.reusable);
        if (reuse) reaper.cleanAfterAttempt(attemptId);
        return end;
      case "cancelled":
        await reaper.terminate(process, "cancelled", this.#answered.promise);
        return undefined;
      case "timeout":
        await reaper.terminate(process, "timeout", this.#answered.promise);
        return failed(
          "timeout",
          `The task ran longer than its execution timeout of ${(timeoutMs ?? 0) / 1000} s and was killed. Make it faster or raise its executionTimeout.`,
        );
      case "died":
        this.#parts.crashPoint("child_exited_before_report");
        return failed("exit", await this.#explainDeath(end.exit));
    }
  }

  async #explainDeath(exit: ProcessExit): Promise<string> {
    const { clock, log, outOfMemory, process } = this.#parts;
    const waiting = new AbortController();
    await Promise.race([process.drained, pause(clock, LAST_OUTPUT_MS, waiting.signal)]);
    waiting.abort();
    return describeDeath({ exit, outOfMemory: outOfMemory.hasGrown(), heapExhausted: log.heapExhausted });
  }
}

function failed(reason: "timeout" | "exit", message: string): EndedAttempt {
  return { outcome: { kind: "failed", reason, message } };
}
