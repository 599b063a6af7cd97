import { backoffMs } from "@polyflow/service-kit";
import type { Clock } from "@polyflow/service-kit";
import { isTemporary } from "./execution-api-client.ts";

export interface RetryOptions {
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** How long temporary failures are answered with another try. */
  readonly forMs: number;
  /** Ends the waiting: the last error is thrown. */
  readonly signal: AbortSignal;
  readonly onRetry?: (error: unknown, delayMs: number) => void;
}

/** Calls until it succeeds, fails for good, or the time is over; then throws the last error. */
export async function retrying<Result>(options: RetryOptions, call: () => Promise<Result>): Promise<Result> {
  const { clock, signal } = options;
  const deadline = clock.monotonicMs() + options.forMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const delayMs = backoffMs(attempt, { firstMs: 100, maxMs: 5_000, random: options.random });
      if (!isTemporary(error) || signal.aborted || clock.monotonicMs() + delayMs > deadline) throw error;
      options.onRetry?.(error, delayMs);
      await pause(clock, delayMs, signal);
    }
  }
}

/** Resolves after the delay, or at once when the signal is aborted. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.schedule(delayMs, end);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
