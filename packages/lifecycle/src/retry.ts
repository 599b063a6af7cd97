import type { JsonValue, TaskSpec } from "@polyflow/contracts";
import type { AttemptOutcome } from "@polyflow/contracts/wire";
import { type AttemptWaitDecision, decideWait, type WaitFacts } from "./attempt-wait.ts";
import { hash32 } from "./hash32.ts";

/** Airflow's upper limit of any retry delay. */
const LONGEST_DELAY_MS = 86_400_000;
/** Reasons are kept with the task instance and shown in lists; the log has the whole of it. */
const LONGEST_REASON = 2000;

/** Which attempt of what: the inputs of the jitter, so that the same attempt always gets the same delay. */
export interface AttemptIdentity {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  /** From 1. */
  readonly tryNumber: number;
}

/** The facts that decide what follows a failed attempt. */
export interface AttemptFacts extends AttemptIdentity, WaitFacts {
  /** As in Airflow: the number of retries granted, counted in tries; try n may be followed by another while n ≤ maxTries. */
  readonly maxTries: number;
}

/** How an attempt ends; what the store's `finishAttempt` takes. */
export type AttemptEndDecision =
  | { readonly to: "success"; readonly output: JsonValue | undefined; readonly skips?: readonly string[] }
  | { readonly to: "skipped"; readonly reason: string | null }
  | { readonly to: "failed"; readonly reason: string }
  | { readonly to: "up_for_retry"; readonly reason: string; readonly nextRetryAt: Date }
  | AttemptWaitDecision;

/**
 * How an attempt that reported its outcome ends; for one that skips tasks after it see `decideSkippingEnd`. Errors, timeouts and dead processes are retried while tries are left; `fatal` never is.
 * @example decideAttemptEnd(await store.execution.getRunningAttempt(id), outcome, new Date(clock.now()))
 */
export function decideAttemptEnd(facts: AttemptFacts, outcome: AttemptOutcome, now: Date): AttemptEndDecision {
  switch (outcome.kind) {
    case "success":
      // The edge parsed it with z.json(); `undefined` means that the task gave nothing.
      return { to: "success", output: outcome.output as JsonValue | undefined };
    case "skipped":
      return { to: "skipped", reason: outcome.reason === undefined ? null : shorten(outcome.reason) };
    case "rescheduled":
    case "deferred":
      return decideWait(facts, outcome, now);
    case "failed": {
      const reason = shorten(outcome.message);
      const task = facts.spec.tasks.find((candidate) => candidate.taskId === facts.taskId);
      if (outcome.reason === "fatal" || task === undefined || facts.tryNumber > facts.maxTries) return { to: "failed", reason };
      return { to: "up_for_retry", reason, nextRetryAt: new Date(now.getTime() + retryDelayMs(task, facts)) };
    }
  }
}

/**
 * Time until the next try. Fixed: the task's delay. Exponential: m = delay · backoff^(try − 1), plus a jitter of up to m that depends only on
 * the attempt, so that tasks that failed together do not come back together and every reading gives the same answer; at most
 * `maxRetryDelayMs`, and never more than a day.
 */
export function retryDelayMs(task: Pick<TaskSpec, "retryDelayMs" | "retryBackoff" | "maxRetryDelayMs">, attempt: AttemptIdentity): number {
  if (task.retryBackoff === 0) return task.retryDelayMs;
  const longest = Math.min(task.maxRetryDelayMs ?? LONGEST_DELAY_MS, LONGEST_DELAY_MS);
  // Bounded before it is multiplied: a delay of 0 times an infinite factor would be no number.
  const factor = Math.min(task.retryBackoff ** (attempt.tryNumber - 1), LONGEST_DELAY_MS);
  const base = Math.max(1, Math.ceil(Math.min(task.retryDelayMs * factor, LONGEST_DELAY_MS)));
  const key = `${attempt.dagId}#${attempt.runId}#${attempt.taskId}#${attempt.mapIndex}#${attempt.tryNumber}`;
  return Math.min(base + Math.floor((hash32(key) / 2 ** 32) * base), longest);
}

function shorten(reason: string): string {
  return reason.length <= LONGEST_REASON ? reason : `${reason.slice(0, LONGEST_REASON - 1)}…`;
}
