import type { DagSpec, TaskInstanceState } from "@polyflow/contracts";
import type { GateResult } from "./gate-result.ts";

/** What became of a task in the run before this one. */
export interface PastOfTask {
  /** Id of that run, where people are told. */
  readonly previousRunId?: string;
  /** States of all the task's instances in that run; empty when it has none there. */
  readonly states: readonly TaskInstanceState[];
  /** Some run before this one has an instance of the task. */
  readonly hadInstances: boolean;
}

/** Which runs before a run count as its past, newest logical date first. */
export interface PastWindow {
  /** Runs that somebody asked for are passed over. */
  readonly skipsManualRuns: boolean;
  /** Runs with an earlier logical date are passed over; null: none are. */
  readonly since: Date | null;
}

/**
 * Which runs `dependsOnPast` looks at (Airflow's rule): with catchup the chain of the timetable from `startDate` on, otherwise runs of any
 * type. A run without a logical date is before and after none.
 */
export function pastWindowOf({ catchup, startDate }: Pick<DagSpec, "catchup" | "startDate">): PastWindow {
  return { skipsManualRuns: catchup, since: catchup && startDate !== undefined ? new Date(startDate) : null };
}

/**
 * Whether a task that depends on its past may run: every instance of it in the run before succeeded or was skipped. A task that is new to
 * the DAG has no past to wait for; one that is missing only in the run before has to be made good there first.
 * @param past undefined: there is no run before.
 * @param options `ignoreFirst` false: a task that no run before has waits as well.
 * @example evaluateDependsOnPast({ states: ["failed"], hadInstances: true }).passed; // false
 */
export function evaluateDependsOnPast(
  past: PastOfTask | undefined,
  options: { readonly ignoreFirst?: boolean } = {},
): GateResult & { readonly gate: "depends_on_past" } {
  const gate = "depends_on_past";
  if (past === undefined) return { gate, passed: true, reason: "There is no previous run." };
  if (past.states.length === 0) {
    if (!past.hadInstances && options.ignoreFirst === false)
      return {
        gate,
        passed: false,
        reason: "The task is new, and waits until a run before has it: mark it there (ignoreFirstDependsOnPast: false).",
      };
    return past.hadInstances
      ? {
          gate,
          passed: false,
          reason: `The previous run${named(past)} does not have the task, though runs before it do: clear or mark the task there.`,
        }
      : { gate, passed: true, reason: "The task is new: no run before has it." };
  }
  const open = new Set(past.states.filter((state) => state !== "success" && state !== "skipped"));
  if (open.size === 0) return { gate, passed: true, reason: `The task of the previous run${named(past)} succeeded or was skipped.` };
  return {
    gate,
    passed: false,
    reason: `The task of the previous run${named(past)} is ${[...open].join(", ")}; it must succeed or be skipped first.`,
  };
}

/**
 * With `waitForDownstream`: whether the tasks directly after it were done in the previous run as well.
 * @param past of these tasks, by id; those that the previous run lacks hold nothing up
 */
export function evaluateWaitForDownstream(
  past: readonly (PastOfTask & { readonly taskId: string })[],
): GateResult & { readonly gate: "wait_for_downstream" } {
  const gate = "wait_for_downstream";
  const open = past.filter(({ states }) => states.some((state) => state !== "success" && state !== "skipped"));
  if (open.length === 0) return { gate, passed: true, reason: "The tasks after it were done in the previous run." };
  const names = open.map(({ taskId }) => `"${taskId}"`).join(", ");
  return { gate, passed: false, reason: `In the previous run${named(open[0])} ${names} after it must succeed or be skipped first.` };
}

function named(past: PastOfTask | undefined): string {
  return past?.previousRunId === undefined ? "" : ` ${past.previousRunId}`;
}
