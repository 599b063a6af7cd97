import type { Clock } from "@polyflow/service-kit";

/** Failures older than this are forgiven. */
const MEMORY_MS = 15 * 60_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 4000;
const MAX_ENTRIES = 10_000;

/**
 * Slows down guessing: each failure of one account from one address makes the next wrong answer come later.
 * Nothing is locked, so that nobody can lock out another: from elsewhere the account's owner signs in as always.
 */
export class FailedSignIns {
  readonly #clock: Clock;
  readonly #entries = new Map<string, { count: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a failure. @returns how long the answer should wait, in milliseconds. */
  record(address: string, username: string): number {
    const key = keyOf(address, username);
    const now = this.#clock.monotonicMs();
    const known = this.#entries.get(key);
    const count = known !== undefined && now - known.at < MEMORY_MS ? known.count + 1 : 1;
    this.#entries.delete(key);
    this.#entries.set(key, { count, at: now });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MAX_ENTRIES && oldest.done === false) this.#entries.delete(oldest.value);
    return Math.min(FIRST_DELAY_MS * 2 ** Math.min(count - 1, 10), LONGEST_DELAY_MS);
  }

  forgive(address: string, username: string): void {
    this.#entries.delete(keyOf(address, username));
  }
}

function keyOf(address: string, username: string): string {
  return JSON.stringify([address, username]);
}
