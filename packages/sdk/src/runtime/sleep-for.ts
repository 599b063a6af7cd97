import { setTimeout as pause } from "node:timers/promises";
import { type Duration, durationMs } from "../duration.ts";

/** The longest delay that Node's timers take; longer ones would fire at once. */
const LONGEST_TIMER_MS = 2_147_000_000;

/** See `TaskContext.sleep`. @throws the signal's reason when it is aborted */
export async function sleepFor(duration: Duration | number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + (typeof duration === "number" ? duration : durationMs(duration, "sleep"));
  for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
    await pause(Math.min(left, LONGEST_TIMER_MS), undefined, { signal }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
  }
}
