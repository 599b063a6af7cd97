import type { Store } from "@polyflow/store";
import type { Invocation } from "../cli/invocation.ts";
import { withStore } from "./database-access.ts";

/** The metadata database for work that may not need it: opened at the first use, kept until `close`. */
export class LazyStore {
  readonly #invocation: Invocation;
  readonly #release: PromiseWithResolvers<void> = Promise.withResolvers();
  #opened: Promise<Store> | undefined;
  #closed: Promise<void> = Promise.resolve();

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  get(): Promise<Store> {
    this.#opened ??= new Promise((resolve, reject) => {
      this.#closed = withStore(this.#invocation, (store) => {
        resolve(store);
        return this.#release.promise;
      }).catch(reject);
    });
    return this.#opened;
  }

  async close(): Promise<void> {
    this.#release.resolve();
    await this.#closed;
  }
}
