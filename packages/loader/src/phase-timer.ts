/** Adds up how long the phases of a load take. */
export class PhaseTimer {
  readonly #clock: { monotonicMs(): number };
  readonly #durationsMs = new Map<string, number>();

  constructor(clock: { monotonicMs(): number }) {
    this.#clock = clock;
  }

  async measure<Result>(phase: string, work: () => Promise<Result>): Promise<Result> {
    const started = this.#clock.monotonicMs();
    try {
      return await work();
    } finally {
      this.#durationsMs.set(phase, (this.#durationsMs.get(phase) ?? 0) + this.#clock.monotonicMs() - started);
    }
  }

  /** Milliseconds, rounded, by phase. */
  get durationsMs(): { readonly [phase: string]: number } {
    return Object.fromEntries([...this.#durationsMs].map(([phase, duration]) => [phase, Math.round(duration)]));
  }
}
