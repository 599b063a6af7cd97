import type { DeferredOutcome, RescheduledOutcome, WaitTrigger } from "@polyflow/contracts/wire";
import type { JsonValue } from "@polyflow/contracts";
import { type Duration, durationMs } from "./duration.ts";
import { toJson } from "./json-conversion.ts";

/** What a look at something gives: not yet, or it is there, perhaps with a value. */
export type PokeResult<Value = never> = boolean | { readonly done: true; readonly value?: Value };

/** What a task waits for when it defers. */
export interface DeferOptions {
  /** Go on at this instant, by the server's clock. Without it, the task's `watch` function says when the wait is over. */
  readonly until?: Date;
  /** How often `watch` is called. Default `"1m"`. */
  readonly every?: Duration;
  /** Double the time between calls, up to `maxWait`. Default false. */
  readonly backoff?: boolean;
  readonly maxWait?: Duration;
  /** How long to wait at most; afterwards the task fails, unless it was described with `onTimeout: "resume"`. Default: for ever. */
  readonly timeout?: Duration;
  /** What `watch` gets, and the attempt that goes on as `ctx.wait.resumed.state`. */
  readonly state?: JsonValue;
}

/** How a task leaves its process without being finished; thrown, so that it gets through any number of functions. */
export class TaskPause extends Error {
  override readonly name = "TaskPause";
  readonly outcome: RescheduledOutcome | DeferredOutcome;

  constructor(outcome: RescheduledOutcome | DeferredOutcome) {
    super("The task waits. Do not catch this: let it through to Polyflow.");
    this.outcome = outcome;
  }
}

/**
 * Ends the process of a task while it waits for something outside: it takes no slot and no memory, and goes on when the wait is over.
 * Then the task's function is called again, with `ctx.wait.resumed` set. Never returns: it throws, so do not catch what it throws.
 *
 * @throws TaskPause
 * @example
 * const job = operator({
 *   name: "remote_job", options: { id: "job" },
 *   watch: async (state, ctx) => (await statusOf(state.id)) === "ended",
 *   execute: async (_input, ctx) => {
 *     if (ctx.wait?.resumed === undefined) return defer({ state: { id: await submit() }, every: "10s", timeout: "2h" });
 *     return resultOf(ctx.wait.resumed.state.id);
 *   },
 * });
 */
export function defer(options: DeferOptions): never {
  const { timeout, state } = options;
  throw new TaskPause({
    kind: "deferred",
    trigger: triggerOf(options),
    ...(timeout === undefined ? {} : { timeoutMs: durationMs(timeout, "timeout") }),
    ...(state === undefined ? {} : { state: toJson(state, "state") }),
  });
}

/** Ends the attempt; the same try goes on in a new one after `afterMs`. @throws TaskPause */
export function reschedule(afterMs: number): never {
  throw new TaskPause({ kind: "rescheduled", afterMs: Math.max(0, Math.round(afterMs)) });
}

function triggerOf({ until, every = "1m", backoff = false, maxWait }: DeferOptions): WaitTrigger {
  if (until !== undefined) return { kind: "time", at: until.toISOString() };
  const everyMs = Math.max(1, durationMs(every, "every"));
  return { kind: "poke", everyMs, backoff, ...(maxWait === undefined ? {} : { maxWaitMs: durationMs(maxWait, "maxWait") }) };
}
