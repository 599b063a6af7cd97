import { AsyncLocalStorage } from "node:async_hooks";

/** Runs work one after another, in the order of the calls: a PostgreSQL connection does one thing at a time. */
export class StatementQueue {
  #last: Promise<unknown> = Promise.resolve();
  readonly #inside = new AsyncLocalStorage<StatementQueue>();

  /** Whether the caller itself runs as work of this queue; waiting for its own end, it would wait for ever. */
  get isInside(): boolean {
    return this.#inside.getStore() === this;
  }

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => this.#inside.run(this, work));
    // the next work does not care how this one ended
    this.#last = result.catch(() => undefined);
    return result;
  }
}
