import type { Logger } from "@polyflow/service-kit";

/** What has been started, to be stopped in the opposite order, however far the start got. */
export class RunningServices {
  readonly #logger: Logger;
  readonly #stops: { readonly name: string; readonly stop: () => Promise<void> }[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, stop: () => Promise<void>): void {
    this.#stops.push({ name, stop });
  }

  /** Stops everything; one that fails does not keep the others from stopping. @returns whether all went well. */
  async stopAll(): Promise<boolean> {
    let isClean = true;
    for (let entry = this.#stops.pop(); entry !== undefined; entry = this.#stops.pop()) {
      try {
        await entry.stop();
      } catch (error) {
        isClean = false;
        this.#logger.error(`${entry.name} did not stop as it should`, { error });
      }
    }
    return isClean;
  }
}
