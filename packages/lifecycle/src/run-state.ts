import { type FinishedRunState, isFinishedTaskState } from "@polyflow/contracts";
import type { DagGraph } from "./dag-graph.ts";
import type { TaskStateFacts } from "./instance-index.ts";
import { endsFailFastRun } from "./task-decisions.ts";

export interface RunEndDecision {
  readonly to: FinishedRunState;
  readonly reason: string | null;
}

/** Which tasks' states decide how a run ends; undefined: all of them. */
export function tasksThatDecideRunEnd(graph: DagGraph): readonly string[] | undefined {
  return graph.failFast ? undefined : graph.leaves;
}

/**
 * How a run ends, by its leaves (Airflow's rule): failed when any of them failed, else success, even if a task before them failed.
 * A fail-fast run has failed as soon as any task has.
 * @param facts of the tasks that `tasksThatDecideRunEnd` names; the caller knows that no other task of the run is unfinished.
 * @returns undefined while one of them is not finished.
 */
export function decideRunEnd(graph: DagGraph, facts: readonly TaskStateFacts[]): RunEndDecision | undefined {
  const leaves = new Set(graph.leaves);
  const failed = new Set<string>();
  for (const { taskId, state } of facts) {
    const isLeaf = leaves.has(taskId);
    if (!isLeaf && !(graph.failFast && endsFailFastRun(graph, taskId))) continue;
    if (!isFinishedTaskState(state)) return undefined;
    if (state === "failed" || (isLeaf && state === "upstream_failed")) failed.add(taskId);
  }
  if (failed.size === 0) return { to: "success", reason: null };
  const shown = [...failed].slice(0, 5).join(", ");
  return { to: "failed", reason: `Failed: ${shown}${failed.size > 5 ? ` and ${failed.size - 5} more` : ""}.` };
}
