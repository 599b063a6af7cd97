import type { Clock } from "@polyflow/service-kit";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** Awaits between two timers: enough for most chains of promises; a longer one only makes its process look slow. */
const USUAL_TURNS = 12;

/** Time that passes only when nothing is left to do now. */
export class VirtualTime {
  #nowMs: number;
  #order = 0;
  readonly #turns: number;
  readonly #timers: Timer[] = [];

  /** @param turns awaits between two timers; many, where the exact time of what follows a chain of promises matters. */
  constructor(startMs: number, turns: number = USUAL_TURNS) {
    this.#nowMs = startMs;
    this.#turns = turns;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** A clock for one process; its timers die with it. */
  clock(isAlive: () => boolean = () => true): Clock {
    return {
      now: () => this.#nowMs,
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
      for (let turn = 0; turn < this.#turns; turn++) await Promise.resolve();
      if (isDone()) return true;
      const timer = this.#timers.at(-1);
      if (timer === undefined || timer.atMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return false;
      }
      this.#timers.pop();
      if (timer.isCancelled) continue;
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.callback();
    }
  }
}

/** The list is kept with the earliest timer at its end. */
function isLater(timer: Timer, other: Timer | undefined): boolean {
  return other !== undefined && (timer.atMs > other.atMs || (timer.atMs === other.atMs && timer.order > other.order));
}
