import type { AttemptId } from "@polyflow/contracts";
import { decideCallbackEnd } from "@polyflow/lifecycle";
import type { AttemptFacts, ReportedOutcome } from "./attempt-end.ts";

/** The end of an attempt at a callback. False: it is none, or no longer current. */
export async function finishCallback(attemptId: AttemptId, outcome: ReportedOutcome, { store, clock }: AttemptFacts): Promise<boolean> {
  const running = await store.callbacks.getRunning(attemptId);
  if (running === undefined) return false;
  return store.callbacks.finish(attemptId, decideCallbackEnd(running, outcome, new Date(clock.now())));
}
