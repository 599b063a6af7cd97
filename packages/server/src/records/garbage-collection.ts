import type { Clock, Logger } from "@polyflow/service-kit";
import type { Store } from "@polyflow/store";

const EVERY_MS = 60_000;
const AT_ONCE = 200;

/** Takes out of the store of outputs what nobody refers to any more, now and then. @returns stops it */
export function collectGarbage({
  store,
  clock,
  logger,
}: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}): () => void {
  let cancel: () => void = () => undefined;
  let hasEnded = false;
  const next = (delayMs: number): void => {
    if (hasEnded) return;
    cancel = clock.schedule(delayMs, () => {
      store.xcoms
        .dropGarbage(AT_ONCE)
        .then((dropped) => next(dropped === AT_ONCE ? 0 : EVERY_MS))
        .catch((error: unknown) => {
          logger.warn("outputs that nobody needs could not be taken out of their store; it is tried again", { error: String(error) });
          next(EVERY_MS);
        });
    });
  };
  next(EVERY_MS);
  return () => {
    hasEnded = true;
    cancel();
  };
}
