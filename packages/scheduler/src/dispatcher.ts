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
  /** An answer was lost that may have had claimed attempts in it. */
  #mayHaveMissedClaims = false;

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

  /** A pass failed: what it wrote is unknown, and so is what it claimed. */
  loseSight(): void {
    this.#mayHaveMissedClaims = true;
  }

  /** Hands over again what was handed over long ago and not claimed, and what never was; after `takeOver` all that is not claimed. */
  async republish(): Promise<void> {
    await this.#mark();
    await this.#dispatchMissedClaims();
    const { store, options, logger } = this.#context;
    const olderThanMs = this.#isNewInOffice ? 0 : options.republishAfterMs;
    const attempts = await store.scheduler.listUnclaimedAttempts(olderThanMs, options.rowsPerQuery);
    this.#isNewInOffice = false;
    if (attempts.length === 0) return;
    logger.info("hands unclaimed attempts over again", { count: attempts.length });
    this.dispatch(attempts);
  }

  /** The executor ignores those that it has; of the others the worker asks the store whether they still run for it. */
  async #dispatchMissedClaims(): Promise<void> {
    const { store, executor, logger } = this.#context;
    const worker = this.#mayHaveMissedClaims ? executor.openSlots?.() : undefined;
    if (worker === undefined) return;
    const claimed = await store.scheduler.listClaimedAttempts(worker.sessionId);
    this.#mayHaveMissedClaims = false;
    if (claimed.length === 0) return;
    logger.info("hands claimed attempts over again", { count: claimed.length });
    this.dispatch(claimed);
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
    const unclaimed = attempts.filter((attempt) => attempt.isClaimed !== true);
    if (unclaimed.length === 0) return;
    for (const attempt of unclaimed) this.#unmarked.push(attempt.attemptId);
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
