import { backoffMs, type Clock } from "@polyflow/service-kit";

export interface WorkQueueOptions<Work> {
  readonly clock: Clock;
  readonly random: () => number;
  readonly parallelism: number;
  readonly run: (work: Work) => Promise<void>;
  /** Two requests for the same key become one; `later` has come after `earlier`. */
  readonly merge: (earlier: Work, later: Work) => Work;
  /** Hears of a run that failed; it is tried again after `retryInMs`. */
  readonly onFailure: (work: Work, error: unknown, retryInMs: number) => void;
}

/** Order of urgency: what a person has just changed goes before what a scan found. */
export type Urgency = "urgent" | "background";

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;

/** Runs work by key: each key once at a time, at most `parallelism` keys at once, failures again after a growing delay. */
export class WorkQueue<Work> {
  readonly #options: WorkQueueOptions<Work>;
  readonly #waiting = { urgent: new Map<string, Work>(), background: new Map<string, Work>() };
  readonly #running = new Map<string, { again: { urgency: Urgency; work: Work } | undefined }>();
  readonly #retries = new Map<string, { readonly cancel: () => void; readonly attempt: number }>();
  #idle: PromiseWithResolvers<void> | undefined;
  #isStopped = false;

  constructor(options: WorkQueueOptions<Work>) {
    this.#options = options;
  }

  add(key: string, work: Work, urgency: Urgency): void {
    if (this.#isStopped) return;
    this.#retries.get(key)?.cancel();
    const running = this.#running.get(key);
    if (running !== undefined) {
      running.again = { urgency, work: running.again === undefined ? work : this.#options.merge(running.again.work, work) };
      return;
    }
    const earlier = this.#waiting.urgent.get(key) ?? this.#waiting.background.get(key);
    const isUrgent = urgency === "urgent" || this.#waiting.urgent.has(key);
    this.#waiting.background.delete(key);
    this.#waiting[isUrgent ? "urgent" : "background"].set(key, earlier === undefined ? work : this.#options.merge(earlier, work));
    this.#startNext();
  }

  /** Resolves when nothing waits or runs; work that waits for another try counts as waiting. */
  whenIdle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** Forgets what waits; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#waiting.urgent.clear();
    this.#waiting.background.clear();
    for (const { cancel } of this.#retries.values()) cancel();
    this.#retries.clear();
    for (const running of this.#running.values()) running.again = undefined;
    await this.whenIdle();
  }

  #startNext(): void {
    while (this.#running.size < this.#options.parallelism) {
      const queue = this.#waiting.urgent.size > 0 ? this.#waiting.urgent : this.#waiting.background;
      const [next] = queue;
      if (next === undefined) break;
      const [key, work] = next;
      queue.delete(key);
      this.#running.set(key, { again: undefined });
      void this.#runOne(key, work);
    }
    if (this.#isIdle()) {
      this.#idle?.resolve();
      this.#idle = undefined;
    }
  }

  async #runOne(key: string, work: Work): Promise<void> {
    try {
      await this.#options.run(work);
      this.#retries.delete(key);
    } catch (error) {
      if (!this.#isStopped) this.#retryLater(key, work, error);
    }
    const again = this.#running.get(key)?.again;
    this.#running.delete(key);
    if (again !== undefined) this.add(key, again.work, again.urgency);
    this.#startNext();
  }

  #retryLater(key: string, work: Work, error: unknown): void {
    const attempt = (this.#retries.get(key)?.attempt ?? 0) + 1;
    const delayMs = backoffMs(attempt, { firstMs: FIRST_RETRY_MS, maxMs: LONGEST_RETRY_MS, random: this.#options.random });
    this.#options.onFailure(work, error, delayMs);
    const cancel = this.#options.clock.schedule(delayMs, () => this.add(key, work, "background"));
    this.#retries.set(key, { cancel, attempt });
  }

  #isIdle(): boolean {
    const waiting = this.#waiting.urgent.size + this.#waiting.background.size + this.#retries.size;
    return this.#running.size === 0 && waiting === 0;
  }
}
