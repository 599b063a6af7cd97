import type { Clock } from "@polyflow/service-kit";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** Time that passes only when nothing is left to do now. */
export class VirtualTime {
  #nowMs: number;
  #order = 0;
  readonly #timers: Timer[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** A clock for one process, wrong by `skewMs`; its timers die with it. */
  clock(isAlive: () => boolean = () => true, skewMs = 0): Clock {
    return {
      now: () => this.#nowMs + skewMs,
      monotonicMs: () => this.#nowMs,
      schedule: (delayMs, callback) =>
        this.schedule(delayMs, () => {
          if (isAlive()) callback();
        }),
    };
  }

  schedule(delayMs: number, callback: () => void): () => void {
    this.#order += 1;
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, Math.ceil(delayMs)), order: this.#order, callback, isCancelled: false };
    let index = this.#timers.length;
    while (index > 0 && isLater(timer, this.#timers[index - 1])) index -= 1;
    this.#timers.splice(index, 0, timer);
    return () => {
      timer.isCancelled = true;
    };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.schedule(delayMs, resolve));
  }

  /** Runs until `isDone` or until `untilMs`. @returns whether `isDone`. */
  async run(untilMs: number, isDone: () => boolean = () => false): Promise<boolean> {
    for (;;) {
      await promisesAtRest();
      if (isDone()) return true;
      while (this.#timers.at(-1)?.isCancelled === true) this.#timers.pop();
      const timer = this.#timers.at(-1);
      if (timer === undefined || timer.atMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return false;
      }
      this.#timers.pop();
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.callback();
    }
  }
}

/** Resolves when every promise that can go on without a timer has gone on: Node comes to the next tick after the last of them. */
function promisesAtRest(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** The list is kept with the earliest timer at its end. */
function isLater(timer: Timer, other: Timer | undefined): boolean {
  return other !== undefined && (timer.atMs > other.atMs || (timer.atMs === other.atMs && timer.order > other.order));
}
