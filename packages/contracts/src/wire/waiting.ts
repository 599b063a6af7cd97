import { z } from "zod";
import { failedOutcome, skippedOutcome } from "./attempt-failure.ts";

const jsonValue: z.ZodType<unknown> = z.json();
/** A century: beyond any use, and far within what 53 bits hold. */
const LONGEST_MS = 100 * 366 * 86_400_000;
const durationMs = z.number().int().min(0).max(LONGEST_MS);

/**
 * What a deferred task waits for; a closed union, so that nothing that is stored names code.
 * `time`: an instant, by the server's clock. `poke`: until the `watch` function of the task, which the triggerer of a worker calls every
 * `everyMs`, says that it is over; with `backoff` the time between calls doubles, up to `maxWaitMs`.
 */
export const waitTrigger = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("time"), at: z.iso.datetime() }),
  z.object({ kind: z.literal("poke"), everyMs: durationMs.min(1), backoff: z.boolean(), maxWaitMs: durationMs.min(1).optional() }),
]);
export type WaitTrigger = z.infer<typeof waitTrigger>;

/** The attempt ends here and the same try goes on in another one; it holds no slot meanwhile. */
export const rescheduledOutcome = z.object({
  kind: z.literal("rescheduled"),
  /** From the moment at which the server hears of it, so that no clocks are compared. */
  afterMs: durationMs,
});

/** As `rescheduled`, until the trigger fires or the time is up. */
export const deferredOutcome = z.object({
  kind: z.literal("deferred"),
  trigger: waitTrigger,
  timeoutMs: durationMs.optional(),
  /** What `watch` and the attempt that goes on get. */
  state: jsonValue.optional(),
});

export type RescheduledOutcome = z.infer<typeof rescheduledOutcome>;
export type DeferredOutcome = z.infer<typeof deferredOutcome>;

/** What a trigger reports: the end of the wait with what it found, or how the task is to end. */
export const waitEvent = z.union([
  z.object({ value: jsonValue.optional() }).strict(),
  z.object({ outcome: z.discriminatedUnion("kind", [skippedOutcome, failedOutcome]) }).strict(),
]);
export type WaitEvent = z.infer<typeof waitEvent>;

/** For an attempt of a task that has waited: what it waited for, and how that ended. */
export const attemptWait = z.object({
  /** Since the first attempt began after the task instance was last cleared. */
  elapsedMs: z.number(),
  /** How often an attempt has gone to wait since then. */
  waits: z.number().int(),
  /** Absent after a reschedule, and in a new try. */
  resumed: z
    .object({
      state: jsonValue.optional(),
      timedOut: z.boolean(),
      event: waitEvent.optional(),
    })
    .optional(),
});
export type AttemptWait = z.infer<typeof attemptWait>;

/** A wait that a worker's triggerer is to watch. */
export const watchedWait = z.object({
  waitId: z.string(),
  trigger: waitTrigger,
  state: jsonValue.optional(),
  elapsedMs: z.number(),
});

/** `waitIds`: those that this worker watches now. `capacity`: how many more it takes. */
export const claimWaitsRequest = z.object({ waitIds: z.array(z.string()).max(100_000), capacity: z.number().int().min(0).max(100_000) });
export type ClaimWaitsRequest = z.infer<typeof claimWaitsRequest>;
export const fireWaitRequest = z.object({ event: waitEvent });
