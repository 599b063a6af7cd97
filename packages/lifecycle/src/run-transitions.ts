import { DAG_RUN_STATES, type DagRunState, FINISHED_RUN_STATES } from "@polyflow/contracts";
import type { Actor, TransitionGrant, TransitionRefusal } from "./transition-refusal.ts";

export const RUN_EVENTS = ["started", "succeeded", "failed", "timed_out", "cleared", "marked_success", "marked_failed"] as const;
export type RunEvent = (typeof RUN_EVENTS)[number];

/** One edge of the state machine of a DAG run. (from, event) is unique. */
export interface RunTransitionRule {
  readonly from: DagRunState;
  readonly event: RunEvent;
  readonly to: DagRunState;
  readonly who: Actor;
}

function edges(from: readonly DagRunState[], event: RunEvent, to: DagRunState, who: Actor): readonly RunTransitionRule[] {
  return from.map((state) => ({ from: state, event, to, who }));
}

/** The state machine of a DAG run. A cleared run waits in the queue again, since it takes a place of `maxActiveRuns`. */
export const RUN_TRANSITIONS: readonly RunTransitionRule[] = [
  ...edges(["queued"], "started", "running", "scheduler"),
  ...edges(["running"], "succeeded", "success", "scheduler"),
  ...edges(["running"], "failed", "failed", "scheduler"),
  ...edges(["running"], "timed_out", "failed", "scheduler"),
  ...edges(FINISHED_RUN_STATES, "cleared", "queued", "user"),
  ...edges(DAG_RUN_STATES, "marked_success", "success", "user"),
  ...edges(DAG_RUN_STATES, "marked_failed", "failed", "user"),
];

/**
 * What an event makes of a run.
 * @example decideRunTransition("success", "started"); // { allowed: false, code: "transition_refused", … }
 */
export function decideRunTransition(from: DagRunState, event: RunEvent): TransitionGrant<DagRunState> | TransitionRefusal {
  const rule = RUN_TRANSITIONS.find((candidate) => candidate.from === from && candidate.event === event);
  if (rule !== undefined) return { allowed: true, to: rule.to };
  const possible = runStatesBefore(event).join(", ");
  return {
    allowed: false,
    code: "transition_refused",
    reason: `A run in state "${from}" cannot be ${event.replaceAll("_", " ")}; it could be in ${possible}.`,
  };
}

/** The states in which an event is legal: the set that a compare-and-set statement compares with. */
export function runStatesBefore(event: RunEvent): readonly DagRunState[] {
  return RUN_TRANSITIONS.filter((rule) => rule.event === event).map((rule) => rule.from);
}

/** Whether any event leads from one state to the other. */
export function isLegalRunStep(from: DagRunState, to: DagRunState): boolean {
  return RUN_TRANSITIONS.some((rule) => rule.from === from && rule.to === to);
}
