import type { LogFields, Logger } from "@polyflow/service-kit";
import { BoundedCache } from "./bounded-cache.ts";

const REMEMBERED = 1_000;

/** Says a thing once, though it is met at every look. */
export class LogOnce {
  readonly #logger: Logger;
  readonly #said = new BoundedCache<string, true>(REMEMBERED);

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  error(key: string, message: string, fields: LogFields): void {
    if (this.#isNew(key)) this.#logger.error(message, fields);
  }

  #isNew(key: string): boolean {
    if (this.#said.get(key) === true) return false;
    this.#said.set(key, true);
    return true;
  }
}
