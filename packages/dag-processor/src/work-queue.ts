import { backoffMs, type Clock } from "@polyflow/service-kit";

export interface WorkQueueOptions<Work> {
  readonly clock: Clock;
  readonly random: () => number;
  /** How many runs of each urgency there are at once: a person who has just saved a file does not wait for a scan. */
  readonly parallelism: number;
  /** Runs one piece of work, or several of the same batch. */
  readonly run: (works: readonly Work[]) => Promise<void>;
  /** Background work of the same batch runs together; undefined: on its own. */
  readonly batchOf: (work: Work) => object | undefined;
  /** How much of a batch runs together. */
  readonly batchSize: () => number;
  /** Two requests for the same key become one; `later` has come after `earlier`. */
  readonly merge: (earlier: Work, later: Work) => Work;
  /** Hears of a run that failed; its work is tried again after `retryInMs`. */
  readonly onFailure: (works: readonly Work[], error: unknown, retryInMs: number) => void;
}

/** Order of urgency: what a person has just changed goes before what a scan found. */
export type Urgency = "urgent" | "background";

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;

/** Runs work by key: each key once at a time, failures again after a growing delay. */
export class WorkQueue<Work> {
  readonly #options: WorkQueueOptions<Work>;
  readonly #waiting = { urgent: new Map<string, Work>(), background: new Map<string, Work>() };
  readonly #running = new Map<string, { again: { urgency: Urgency; work: Work } | undefined }>();
  readonly #retries = new Map<string, { readonly cancel: () => void; readonly attempt: number }>();
  readonly #lanes = { urgent: 0, background: 0 };
  #idle: PromiseWithResolvers<void> | undefined;
  #isStarting = false;
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
    this.#startSoon();
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

  /** Keys that run, wait for their turn, or for another try. */
  get pendingCount(): number {
    return this.#running.size + this.#waiting.urgent.size + this.#waiting.background.size + this.#retries.size;
  }

  /** After the present turn, so that what is added in one go can run together. */
  #startSoon(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    queueMicrotask(() => {
      this.#isStarting = false;
      this.#startNext();
    });
  }

  #startNext(): void {
    for (const urgency of ["urgent", "background"] as const) {
      while (this.#lanes[urgency] < this.#options.parallelism) {
        const works = this.#takeNext(urgency);
        if (works.size === 0) break;
        this.#lanes[urgency] += 1;
        void this.#run(works, urgency);
      }
    }
    if (this.#isIdle()) {
      this.#idle?.resolve();
      this.#idle = undefined;
    }
  }

  #takeNext(urgency: Urgency): ReadonlyMap<string, Work> {
    const { batchOf, batchSize } = this.#options;
    const queue = this.#waiting[urgency];
    const taken = new Map<string, Work>();
    let batch: object | undefined;
    for (const [key, work] of queue) {
      const isAlone = urgency === "urgent" || batchOf(work) === undefined;
      if (taken.size === 0) batch = batchOf(work);
      else if (isAlone || batchOf(work) !== batch) continue;
      taken.set(key, work);
      if (isAlone || taken.size >= batchSize()) break;
    }
    for (const key of taken.keys()) {
      queue.delete(key);
      this.#running.set(key, { again: undefined });
    }
    return taken;
  }

  async #run(works: ReadonlyMap<string, Work>, urgency: Urgency): Promise<void> {
    try {
      await this.#options.run([...works.values()]);
      for (const key of works.keys()) this.#retries.delete(key);
    } catch (error) {
      if (!this.#isStopped) this.#retryLater(works, error);
    }
    this.#lanes[urgency] -= 1;
    for (const key of works.keys()) {
      const again = this.#running.get(key)?.again;
      this.#running.delete(key);
      if (again !== undefined) this.add(key, again.work, again.urgency);
    }
    this.#startNext();
  }

  #retryLater(works: ReadonlyMap<string, Work>, error: unknown): void {
    const attempt = Math.max(...[...works.keys()].map((key) => this.#retries.get(key)?.attempt ?? 0)) + 1;
    const delayMs = backoffMs(attempt, { firstMs: FIRST_RETRY_MS, maxMs: LONGEST_RETRY_MS, random: this.#options.random });
    this.#options.onFailure([...works.values()], error, delayMs);
    for (const [key, work] of works) {
      const cancel = this.#options.clock.schedule(delayMs, () => this.add(key, work, "background"));
      this.#retries.set(key, { cancel, attempt });
    }
  }

  #isIdle(): boolean {
    return this.pendingCount === 0;
  }
}
