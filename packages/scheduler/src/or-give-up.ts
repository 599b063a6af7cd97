import { PolyflowError } from "@polyflow/contracts";
import type { Clock } from "@polyflow/service-kit";

/**
 * Waits for an answer, but not for ever. What was asked goes on; only nobody waits for it any more.
 * @param what for people: what did not answer
 * @throws PolyflowError `database_unavailable` when the time is up; whatever the work throws before
 */
export async function orGiveUp<Result>(
  work: Promise<Result>,
  { clock, afterMs, what }: { readonly clock: Clock; readonly afterMs: number; readonly what: string },
): Promise<Result> {
  const timeIsUp = Promise.withResolvers<never>();
  const cancel = clock.schedule(afterMs, () =>
    timeIsUp.reject(new PolyflowError("database_unavailable", `The metadata database did not answer ${what} within ${afterMs} ms.`)),
  );
  try {
    return await Promise.race([work, timeIsUp.promise]);
  } finally {
    cancel();
  }
}
