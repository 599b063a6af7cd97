import type { Clock } from "@polyflow/service-kit";

/** Time as a run in memory sees it: it passes by itself, or jumps over all waiting. */
export class RunTime {
  readonly #clock: Clock;
  readonly #isReal: boolean;
  #skippedMs = 0;

  /** @param isReal wait for the clock; otherwise waiting moves the run's time on at once */
  constructor(clock: Clock, isReal: boolean) {
    this.#clock = clock;
    this.#isReal = isReal;
  }

  now(): Date {
    return new Date(this.#clock.now() + this.#skippedMs);
  }

  /** Resolves when the time has passed, or the signal ends the waiting. */
  async pass(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#isReal) {
      this.#skippedMs += Math.max(0, ms);
      return;
    }
    await new Promise<void>((fulfil) => {
      const cancel = this.#clock.schedule(ms, fulfil);
      signal?.addEventListener("abort", () => fulfil(cancel()), { once: true });
    });
  }
}
