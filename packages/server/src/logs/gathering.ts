/** Lets those who come within a short time go on together. */
export class Gathering {
  readonly #waitMs: number;
  #current: { readonly over: PromiseWithResolvers<void>; readonly timer: NodeJS.Timeout } | undefined;

  /** @param waitMs how long the first of them waits, in milliseconds */
  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /** Resolves when the time of the gathering that is under way is over; the first to come begins it. */
  wait(): Promise<void> {
    this.#current ??= { over: Promise.withResolvers(), timer: setTimeout(() => this.end(), this.#waitMs) };
    return this.#current.over.promise;
  }

  /** Ends it now. */
  end(): void {
    const ended = this.#current;
    this.#current = undefined;
    if (ended === undefined) return;
    clearTimeout(ended.timer);
    ended.over.resolve();
  }
}
