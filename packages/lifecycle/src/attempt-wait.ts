import type { DagSpec, JsonValue } from "@polyflow/contracts";
import type { AttemptOutcome, WaitTrigger } from "@polyflow/contracts/wire";

/** The facts that decide how long a task may wait. */
export interface WaitFacts {
  readonly taskId: string;
  /** When the try began: the first of the attempts that it consists of. */
  readonly tryStartedAt: Date;
  readonly spec: Pick<DagSpec, "tasks">;
}

/** An attempt that ended without its task being finished; what the store's `finishAttempt` takes. */
export type AttemptWaitDecision =
  | { readonly to: "up_for_reschedule"; readonly wakeAt: Date }
  | {
      readonly to: "deferred";
      readonly trigger: WaitTrigger;
      readonly state: JsonValue | undefined;
      /** When the wait is over without the trigger; null: never. */
      readonly timeoutAt: Date | null;
      /** When the scheduler wakes the task: at the time it waits for or at its time limit, whichever comes first. */
      readonly wakeAt: Date | null;
    };

/**
 * How long a task waits that was rescheduled or deferred. The execution timeout of a task bounds its try over all waits: a deferral does
 * not stretch it.
 */
export function decideWait(
  facts: WaitFacts,
  outcome: Extract<AttemptOutcome, { kind: "rescheduled" | "deferred" }>,
  now: Date,
): AttemptWaitDecision {
  if (outcome.kind === "rescheduled") return { to: "up_for_reschedule", wakeAt: new Date(now.getTime() + outcome.afterMs) };
  const { trigger, timeoutMs, state } = outcome;
  const task = facts.spec.tasks.find((candidate) => candidate.taskId === facts.taskId);
  const limits = [
    ...(timeoutMs === undefined ? [] : [now.getTime() + timeoutMs]),
    ...(task?.executionTimeoutMs === undefined ? [] : [facts.tryStartedAt.getTime() + task.executionTimeoutMs]),
  ];
  const timeoutAt = limits.length === 0 ? null : new Date(Math.min(...limits));
  const wakes = [...limits, ...(trigger.kind === "time" ? [Date.parse(trigger.at)] : [])];
  return {
    to: "deferred",
    trigger,
    // The edge parsed it with z.json().
    state: state as JsonValue | undefined,
    timeoutAt,
    wakeAt: wakes.length === 0 ? null : new Date(Math.min(...wakes)),
  };
}

/**
 * Whether a wait that the scheduler ended had reached its time limit rather than the time it waited for.
 * @param fired whether its trigger reported something
 */
export function hasTimedOut(trigger: WaitTrigger, timeoutAt: Date | null, fired: boolean): boolean {
  if (fired || timeoutAt === null) return false;
  return trigger.kind !== "time" || timeoutAt.getTime() < Date.parse(trigger.at);
}
