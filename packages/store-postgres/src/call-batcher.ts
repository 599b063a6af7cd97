import { isPolyflowError } from "@polyflow/contracts";
import type { Clock } from "@polyflow/service-kit";

/** A batch that takes longer waits for a lock or a slow disk: those that come after it wait for it no more. */
const SLOW_MS = 20;
const LARGEST_BATCH = 64;

export interface CallBatcherParts<Call, Answer> {
  readonly clock: Clock;
  /** What a call is about: two calls about the same are never in one batch, so that each sees what the one before it did. */
  readonly keyOf: (call: Call) => string;
  /** @returns the answers in the order of the calls */
  readonly run: (calls: readonly Call[]) => Promise<readonly Answer[]>;
}

interface Waiting<Call, Answer> {
  readonly call: Call;
  readonly answer: PromiseWithResolvers<Answer>;
}

/**
 * Runs calls that come at the same time as one statement: one transaction, one wait for the disk. Nobody waits for a batch to grow: what is
 * there goes, and what comes while it is under way goes next. A call that fails among others is tried once more by itself, so that it takes
 * nobody with it.
 * @example
 * const batcher = new CallBatcher({ clock, keyOf: (id: string) => id, run: (ids) => finishAll(ids) });
 * await Promise.all([batcher.call("a"), batcher.call("b")]); // one statement
 */
export class CallBatcher<Call, Answer> {
  readonly #parts: CallBatcherParts<Call, Answer>;
  #waiting: Waiting<Call, Answer>[] = [];
  #isDraining = false;

  constructor(parts: CallBatcherParts<Call, Answer>) {
    this.#parts = parts;
  }

  call(call: Call): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    this.#waiting.push({ call, answer });
    if (!this.#isDraining) {
      this.#isDraining = true;
      // Calls of the same turn of the event loop are there together.
      setImmediate(() => void this.#drain());
    }
    return answer.promise;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#endedOrSlow(this.#runBatch(this.#takeBatch()));
    this.#isDraining = false;
  }

  #takeBatch(): readonly Waiting<Call, Answer>[] {
    const batch = new Map<string, Waiting<Call, Answer>>();
    const later: Waiting<Call, Answer>[] = [];
    for (const waiting of this.#waiting) {
      const key = this.#parts.keyOf(waiting.call);
      if (batch.size >= LARGEST_BATCH || batch.has(key)) later.push(waiting);
      else batch.set(key, waiting);
    }
    this.#waiting = later;
    return [...batch.values()];
  }

  /** Never rejects: each call learns its own end. */
  async #runBatch(batch: readonly Waiting<Call, Answer>[]): Promise<void> {
    try {
      const answers = await this.#parts.run(batch.map(({ call }) => call));
      batch.forEach(({ answer }, index) => answer.resolve(answers[index] as Answer));
    } catch (error) {
      if (batch.length === 1 || isPolyflowError(error, "database_unavailable")) return batch.forEach(({ answer }) => answer.reject(error));
      await Promise.all(batch.map((alone) => this.#runBatch([alone])));
    }
  }

  async #endedOrSlow(running: Promise<void>): Promise<void> {
    const slow = Promise.withResolvers<void>();
    const cancel = this.#parts.clock.schedule(SLOW_MS, slow.resolve);
    await Promise.race([running, slow.promise]);
    cancel();
  }
}
