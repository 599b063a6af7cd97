import { createHash } from "node:crypto";

/** How long until the next look. Durations in milliseconds. */
export interface PokeRhythm {
  readonly intervalMs: number;
  readonly exponentialBackoff: boolean;
  readonly maxWaitMs?: number | undefined;
}

/** Airflow's upper limit of any such delay. */
const LONGEST_DELAY_MS = 86_400_000;
const SECOND_MS = 1_000;

/**
 * Time until the next look. Fixed: the interval. With backoff, Airflow's published formula in milliseconds: m = interval · 2^(looks − 1),
 * plus a jitter of up to m that depends only on the task instance and the look; at most a day, and at most `maxWaitMs`.
 * @param looks how often was looked so far, at least 1
 * @param identity what tells the task instance from others
 * @example pokeDelayMs({ intervalMs: 60_000, exponentialBackoff: false }, 1, "dag#run#task"); // 60_000
 */
export function pokeDelayMs(rhythm: PokeRhythm, looks: number, identity: string): number {
  const { intervalMs, exponentialBackoff, maxWaitMs = LONGEST_DELAY_MS } = rhythm;
  if (!exponentialBackoff) return intervalMs;
  const base = Math.max(Math.min(intervalMs * 2 ** Math.min(looks - 1, 60), LONGEST_DELAY_MS), SECOND_MS);
  const spread = createHash("sha1").update(`${identity}#${looks}`).digest().readUInt32BE(0) / 2 ** 32;
  return Math.min(Math.round(base + base * spread), LONGEST_DELAY_MS, maxWaitMs);
}
