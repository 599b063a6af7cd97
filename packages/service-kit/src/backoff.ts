export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A number in [0, 1), passed in so that tests own chance. */
  readonly random: () => number;
}

/**
 * Delay before try number `attempt` (from 1): doubles each time up to `maxMs`, then spread over its upper half.
 * @example backoffMs(3, { firstMs: 100, maxMs: 10_000, random: () => 0 }); // 200
 */
export function backoffMs(attempt: number, options: BackoffOptions): number {
  const full = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + (full / 2) * options.random();
}
