/** Source of time, passed in wherever time matters, so that tests own it. */
export interface Clock {
  /** Now, in milliseconds since the epoch. */
  now(): number;
  /** Milliseconds of a clock that never jumps; only differences mean something. */
  monotonicMs(): number;
  /** Calls `callback` once after `delayMs`; the returned function calls it off. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** The longest delay that Node's timers take; longer ones would fire at once. */
const LONGEST_TIMER_MS = 2_147_000_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
