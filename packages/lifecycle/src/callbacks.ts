import type { CallbackSpec, DagRunState, RunCallbackKind, TaskCallbackKind, TaskInstanceState } from "@polyflow/contracts";
import type { AttemptOutcome } from "@polyflow/contracts/wire";
import { RUN_TRANSITIONS } from "./run-transitions.ts";
import { TASK_TRANSITIONS } from "./task-transitions.ts";

/** How often infrastructure may lose the attempts of one callback before it is given up. */
export const MAX_CALLBACK_LOSSES = 3;

/** Reasons are shown in lists; the log has the whole of it. */
const LONGEST_REASON = 2000;

/** A change of state that calls functions of the task's or the DAG's author. */
export interface CallbackCause<State, Kind> {
  readonly from: State;
  readonly to: State;
  readonly kind: Kind;
}

/** A task that has begun to do something, though it may wait at the moment. */
const BEGUN: readonly TaskInstanceState[] = ["running", "restarting", "up_for_retry", "up_for_reschedule", "deferred"];
/** An action of a user's on what is over corrects the record; nothing happens to the task by that. */
const OVER: readonly (TaskInstanceState | DagRunState)[] = ["success", "failed", "skipped", "upstream_failed", "removed"];

const KIND_OF_STATE: { readonly [State in TaskInstanceState]?: TaskCallbackKind } = {
  running: "execute",
  failed: "failure",
  up_for_retry: "retry",
};

/**
 * Which callbacks a change of a task instance calls, whoever makes it. `failure`: it fails for good, having begun or not (`upstream_failed` is
 * no failure of its own). `success`: one that had begun. `skipped`: it was at work and ends as skipped; one that never began is not told.
 * `retry`: a further try follows its failure; attempts that infrastructure lost cost no try and call nothing.
 * `execute`: a try begins (that a wait goes on is none).
 */
export const TASK_CALLBACK_CAUSES: readonly CallbackCause<TaskInstanceState, TaskCallbackKind>[] = distinct(
  TASK_TRANSITIONS.flatMap(({ from, to }) => {
    const kind = taskCallbackKind(from, to);
    return kind === undefined ? [] : [{ from, to, kind }];
  }),
);

/** Which callbacks a change of a run calls: its end, but not the correction of an end. */
export const RUN_CALLBACK_CAUSES: readonly CallbackCause<DagRunState, RunCallbackKind>[] = distinct(
  RUN_TRANSITIONS.flatMap(({ from, to }) => {
    const kind = to === "success" ? "success" : to === "failed" ? "failure" : undefined;
    return kind === undefined || OVER.includes(from) ? [] : [{ from, to, kind } as const];
  }),
);

/** The kind of callback that this change calls; undefined: none. */
function taskCallbackKind(from: TaskInstanceState, to: TaskInstanceState): TaskCallbackKind | undefined {
  if (from === to || OVER.includes(from)) return undefined;
  if (to === "success") return BEGUN.includes(from) ? "success" : undefined;
  if (to === "skipped") return from === "running" ? "skipped" : undefined;
  return KIND_OF_STATE[to];
}

/** The facts that decide what follows an attempt at a callback. */
export interface CallbackFacts {
  /** Attempts that failed before this one. */
  readonly failures: number;
  /** Attempts that infrastructure lost before this one. */
  readonly losses: number;
  readonly spec: Pick<CallbackSpec, "retries" | "retryDelayMs"> | undefined;
}

/** What the store's `finishCallback` takes. */
export type CallbackEnd =
  | { readonly to: "success"; readonly reason: string | null }
  | { readonly to: "failed"; readonly reason: string }
  | { readonly to: "scheduled"; readonly reason: string; readonly dueAt: Date; readonly isLoss: boolean };

/**
 * How an attempt at a callback ends. One whose process died is infrastructure's loss and is made good, up to a limit; an error is tried again
 * as often as the callback says; nothing of it ever touches the task or the run.
 */
export function decideCallbackEnd(facts: CallbackFacts, outcome: AttemptOutcome, now: Date): CallbackEnd {
  switch (outcome.kind) {
    case "success":
      return { to: "success", reason: null };
    case "skipped":
      return { to: "success", reason: outcome.reason === undefined ? null : shorten(outcome.reason) };
    case "rescheduled":
    case "deferred":
      return { to: "failed", reason: "A callback cannot wait outside of its process: it calls neither defer nor a sensor." };
    case "failed": {
      const reason = shorten(outcome.message);
      const { retries = 0, retryDelayMs = 0 } = facts.spec ?? {};
      if (outcome.reason === "exit") {
        if (facts.losses >= MAX_CALLBACK_LOSSES) return { to: "failed", reason: givenUp(reason) };
        return { to: "scheduled", reason, dueAt: now, isLoss: true };
      }
      if (outcome.reason === "fatal" || facts.failures >= retries) return { to: "failed", reason };
      return { to: "scheduled", reason, dueAt: new Date(now.getTime() + retryDelayMs), isLoss: false };
    }
  }
}

function givenUp(reason: string): string {
  return shorten(`${reason} (lost ${MAX_CALLBACK_LOSSES + 1} times; no more than ${MAX_CALLBACK_LOSSES} losses are made good)`);
}

function distinct<Cause extends CallbackCause<string, string>>(causes: readonly Cause[]): readonly Cause[] {
  return [...new Map(causes.map((cause) => [`${cause.from} ${cause.to}`, cause])).values()];
}

function shorten(reason: string): string {
  return reason.length <= LONGEST_REASON ? reason : `${reason.slice(0, LONGEST_REASON - 1)}…`;
}
