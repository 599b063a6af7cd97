import { isFinishedTaskState, TASK_INSTANCE_STATES, type TaskInstanceState } from "@polyflow/contracts";
import type { Actor, TransitionGrant, TransitionRefusal } from "./transition-refusal.ts";

/** One edge of the state machine of a task instance. (from, event) is unique. */
export interface TaskTransitionRule {
  readonly from: TaskInstanceState;
  readonly event: TaskEvent;
  readonly to: TaskInstanceState;
  readonly who: Actor;
}

/** What can happen to a task instance. */
export const TASK_EVENTS = [
  // dependencies
  "dependencies_met",
  "dependencies_skip",
  "dependencies_fail",
  "vanished",
  "reappeared",
  "unmappable",
  // dispatch
  "slot_taken",
  "claimed",
  // end of an attempt
  "succeeded",
  "skipped",
  "failed",
  "failed_with_retry",
  "rescheduled",
  "deferred",
  // waits that are over
  "retry_due",
  "reschedule_due",
  "trigger_fired",
  // infrastructure
  "attempt_lost",
  "attempt_lost_for_good",
  // end of the run
  "run_ended",
  "run_failed",
  // users
  "cleared",
  "cleared_without_worker",
  "old_attempt_ended",
  "marked_success",
  "marked_failed",
] as const;
export type TaskEvent = (typeof TASK_EVENTS)[number];

const FINISHED = TASK_INSTANCE_STATES.filter(isFinishedTaskState);
const UNFINISHED = TASK_INSTANCE_STATES.filter((state) => !isFinishedTaskState(state));
/** Nothing runs and nothing is on its way to a worker. */
const WAITING = ["none", "scheduled", "up_for_retry", "up_for_reschedule", "deferred"] as const satisfies readonly TaskInstanceState[];
/** An attempt exists that a process may be working on. */
const IN_PROCESS = ["running", "restarting"] as const satisfies readonly TaskInstanceState[];

function edges(from: readonly TaskInstanceState[], event: TaskEvent, to: TaskInstanceState, who: Actor): readonly TaskTransitionRule[] {
  return from.map((state) => ({ from: state, event, to, who }));
}

/**
 * The state machine of a task instance: every change that the store may commit. States and meanings are Airflow's.
 * Finished states leave only by a user's action, which makes a new attempt (`cleared`) or corrects the result (`marked_…`).
 */
export const TASK_TRANSITIONS: readonly TaskTransitionRule[] = [
  ...edges(["none"], "dependencies_met", "scheduled", "scheduler"),
  ...edges(["none"], "dependencies_skip", "skipped", "scheduler"),
  ...edges(["none"], "dependencies_fail", "upstream_failed", "scheduler"),
  // A mapped task has fewer instances, or more again, since what it is mapped over was made anew after a clear.
  ...edges([...WAITING, ...FINISHED.filter((state) => state !== "removed")], "vanished", "removed", "scheduler"),
  ...edges(["removed"], "reappeared", "none", "scheduler"),
  ...edges(["none"], "unmappable", "failed", "scheduler"),

  ...edges(["scheduled"], "slot_taken", "queued", "scheduler"),
  ...edges(["queued"], "claimed", "running", "worker"),

  ...edges(["running"], "succeeded", "success", "worker"),
  ...edges(["running"], "skipped", "skipped", "worker"),
  ...edges(["running"], "failed", "failed", "worker"),
  ...edges(["running"], "failed_with_retry", "up_for_retry", "worker"),
  ...edges(["running"], "rescheduled", "up_for_reschedule", "worker"),
  ...edges(["running"], "deferred", "deferred", "worker"),

  ...edges(["up_for_retry"], "retry_due", "scheduled", "scheduler"),
  ...edges(["up_for_reschedule"], "reschedule_due", "scheduled", "scheduler"),
  ...edges(["deferred"], "trigger_fired", "scheduled", "scheduler"),

  ...edges(["running"], "attempt_lost", "scheduled", "scheduler"),
  ...edges(["running"], "attempt_lost_for_good", "failed", "scheduler"),

  ...edges([...WAITING, "queued", ...IN_PROCESS], "run_ended", "skipped", "scheduler"),
  ...edges([...WAITING, "queued"], "run_failed", "skipped", "scheduler"),
  ...edges(IN_PROCESS, "run_failed", "failed", "scheduler"),

  ...edges([...FINISHED, "up_for_retry", "up_for_reschedule", "deferred"], "cleared", "none", "user"),
  // Cleared while a process works on it: a new attempt follows when the old one is known to have ended.
  ...edges(["running"], "cleared", "restarting", "user"),
  ...edges(["running"], "cleared_without_worker", "none", "user"),
  ...edges(["restarting"], "old_attempt_ended", "none", "worker"),
  ...edges(TASK_INSTANCE_STATES, "marked_success", "success", "user"),
  ...edges(TASK_INSTANCE_STATES, "marked_failed", "failed", "user"),
];

/** States that hold a slot of their pool: an attempt is waiting for a worker or at work. */
export const SLOT_HOLDING_STATES: readonly TaskInstanceState[] = ["queued", ...IN_PROCESS];

/** States that are not final. */
export const UNFINISHED_TASK_STATES: readonly TaskInstanceState[] = UNFINISHED;

const byFromAndEvent = new Map(TASK_TRANSITIONS.map((rule) => [`${rule.from} ${rule.event}`, rule]));

/**
 * What an event makes of a task instance.
 * @example decideTaskTransition("queued", "claimed"); // { allowed: true, to: "running" }
 */
export function decideTaskTransition(from: TaskInstanceState, event: TaskEvent): TransitionGrant<TaskInstanceState> | TransitionRefusal {
  const rule = byFromAndEvent.get(`${from} ${event}`);
  if (rule !== undefined) return { allowed: true, to: rule.to };
  const possible = statesBefore(event).join(", ");
  return {
    allowed: false,
    code: "transition_refused",
    reason: `A task instance in state "${from}" cannot be ${eventForPeople(event)}; it could be in ${possible}.`,
  };
}

/** The states in which an event is legal: the set that a compare-and-set statement compares with. */
export function statesBefore(event: TaskEvent): readonly TaskInstanceState[] {
  return TASK_TRANSITIONS.filter((rule) => rule.event === event).map((rule) => rule.from);
}

/** Whether any event leads from one state to the other; for checks of the history. */
export function isLegalTaskStep(from: TaskInstanceState, to: TaskInstanceState): boolean {
  return TASK_TRANSITIONS.some((rule) => rule.from === from && rule.to === to);
}

function eventForPeople(event: TaskEvent): string {
  return event.replaceAll("_", " ");
}
