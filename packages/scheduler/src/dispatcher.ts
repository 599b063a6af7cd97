import type { AttemptId } from "@polyflow/contracts";
import type { QueuedAttempt } from "@polyflow/store";
import type { SchedulerContext } from "./scheduler-context.ts";

/** How long handed-over attempts are gathered before the store hears of them; most are claimed by then, and claiming ends their row. */
const MARK_AFTER_MS = 1_000;

/**
 * Hands queued attempts to the executor straight after their commit. Nothing waits for it and nothing rests on it: the outbox row stays
 * until the attempt is claimed, and what is not claimed in time is handed over again (I13, I14).
 */
export class Dispatcher {
  readonly #context: SchedulerContext;
  readonly #submitting = new Set<Promise<void>>();
  #unmarked: AttemptId[] = [];
  #cancelTimer: (() => void) | undefined;
  #isNewInOffice = true;

  constructor(context: SchedulerContext) {
    this.#context = context;
  }

  dispatch(attempts: readonly QueuedAttempt[]): void {
    if (attempts.length === 0) return;
    const submitting = this.#submit(attempts).finally(() => this.#submitting.delete(submitting));
    this.#submitting.add(submitting);
  }

  /** Another leader handed attempts over until now: they may have gone with it. */
  takeOver(): void {
    this.#isNewInOffice = true;
  }

  /** Hands over again what was handed over long ago and not claimed, and what never was; after `takeOver` all that is not claimed. */
  async republish(): Promise<void> {
    await this.#mark();
    const { store, options, logger } = this.#context;
    const olderThanMs = this.#isNewInOffice ? 0 : options.republishAfterMs;
    const attempts = await store.scheduler.listUnclaimedAttempts(olderThanMs, options.rowsPerQuery);
    this.#isNewInOffice = false;
    if (attempts.length === 0) return;
    logger.info("hands unclaimed attempts over again", { count: attempts.length });
    this.dispatch(attempts);
  }

  /** Waits until all is handed over and noted. */
  async settle(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    await Promise.all(this.#submitting);
    await this.#mark();
  }

  async #submit(attempts: readonly QueuedAttempt[]): Promise<void> {
    const { executor, logger, clock } = this.#context;
    try {
      await executor.submit(attempts);
    } catch (error) {
      logger.warn("the executor did not take attempts; they are handed over again", {
        executor: executor.name,
        count: attempts.length,
        error,
      });
      return;
    }
    for (const attempt of attempts) this.#unmarked.push(attempt.attemptId);
    this.#cancelTimer ??= clock.schedule(MARK_AFTER_MS, () => {
      this.#cancelTimer = undefined;
      void this.#mark();
    });
  }

  async #mark(): Promise<void> {
    const { store, logger } = this.#context;
    const attemptIds = this.#unmarked;
    this.#unmarked = [];
    if (attemptIds.length === 0) return;
    try {
      await store.scheduler.markPublished(attemptIds);
    } catch (error) {
      // They are handed over once more, which is harmless.
      logger.warn("could not note which attempts were handed over", { count: attemptIds.length, error });
    }
  }
}
