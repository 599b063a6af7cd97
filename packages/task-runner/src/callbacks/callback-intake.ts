import { isPolyflowError } from "@polyflow/contracts";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { ClaimedCallback, ExecutionApiClient, SessionAccess } from "../api/execution-api-client.ts";
import type { WorkerSession } from "../worker-session.ts";

export interface CallbackIntakeParts {
  readonly api: ExecutionApiClient;
  readonly session: WorkerSession;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Callbacks that this worker runs at once. */
  readonly slots: number;
  /** How often it asks when nothing hints at new ones. */
  readonly pollIntervalMs: number;
  /** How many run here now. */
  readonly running: () => number;
  /** Attempts that live here, those included whose end the server has yet to hear of. */
  readonly attemptIds: () => readonly string[];
  /** Resolves when the attempt has ended, whatever came of it. */
  readonly run: (claimed: ClaimedCallback) => Promise<void>;
}

const AFTER_ERROR_MS = 5_000;

/**
 * Takes callbacks from the server and has them run: at once when a task of this worker has ended that has some, otherwise by asking now and
 * then. It holds no truth: what it was given and never heard of, and what it has when it goes, is given out again.
 */
export class CallbackIntake {
  readonly #parts: CallbackIntakeParts;
  #cancelTimer: () => void = () => undefined;
  #asking: Promise<void> | undefined;
  #isWanted = false;
  #isOpen = false;

  constructor(parts: CallbackIntakeParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#isOpen = true;
    this.askSoon();
  }

  /** Takes no more; what runs goes on. */
  async stop(): Promise<void> {
    this.#isOpen = false;
    this.#cancelTimer();
    await this.#asking;
  }

  /** There may be something to take. */
  askSoon(): void {
    if (!this.#isOpen) return;
    if (this.#asking !== undefined) {
      this.#isWanted = true;
      return;
    }
    this.#cancelTimer();
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined;
      if (this.#isWanted) this.askSoon();
    });
  }

  async #ask(): Promise<void> {
    const { clock, session, logger, signal, pollIntervalMs } = this.#parts;
    this.#isWanted = false;
    let delayMs = pollIntervalMs;
    try {
      const current = await session.get();
      await this.#claim(current).catch((error: unknown) => {
        if (!isPolyflowError(error, "worker_lost") && !isPolyflowError(error, "not_authenticated")) throw error;
        return session.replace(current);
      });
    } catch (error) {
      if (!signal.aborted) logger.warn("this worker cannot ask for callbacks now", { error: String(error) });
      delayMs = Math.max(delayMs, AFTER_ERROR_MS);
    }
    if (this.#isOpen && !signal.aborted) this.#cancelTimer = clock.schedule(delayMs, () => this.askSoon());
  }

  async #claim(session: SessionAccess): Promise<void> {
    const { api, attemptIds, logger, run, running, slots } = this.#parts;
    const capacity = slots - running();
    if (capacity <= 0) return;
    for (const claimed of await api.claimCallbacks(session, { attemptIds: [...attemptIds()], capacity })) {
      void run(claimed)
        .catch((error: unknown) =>
          logger.error("a callback ended by an error of the worker itself", { attemptId: claimed.attempt.attemptId, error: String(error) }),
        )
        .finally(() => this.askSoon());
    }
  }
}
