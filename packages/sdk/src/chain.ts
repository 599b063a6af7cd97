import { invalidDag } from "./invalid-dag.ts";
import { order, type TaskHandle } from "./task-handle.ts";

/** One step of a `chain`: a task, or several that run side by side. */
export type ChainStep = TaskHandle | readonly TaskHandle[];

/**
 * Puts tasks in order, one step after the other. Between two lists of equal length the tasks are paired, as in Airflow's `chain`.
 * @throws PolyflowError `dag_invalid` when two neighbouring lists differ in length
 * @example chain(extract, [checkRows, checkKeys], publish);
 */
export function chain(...steps: readonly ChainStep[]): void {
  for (let index = 1; index < steps.length; index++) {
    const earlier = steps[index - 1];
    const later = steps[index];
    if (isList(earlier) && isList(later)) pair(earlier, later);
    else order(asList(earlier), asList(later));
  }
}

function pair(earlier: readonly TaskHandle[], later: readonly TaskHandle[]): void {
  if (earlier.length !== later.length) {
    throw invalidDag(
      `chain: a list of ${earlier.length} tasks is followed by one of ${later.length}. Lists are paired and need equal length; ` +
        "to let every task of one wait for every task of the other, call task.after(...list) for each.",
    );
  }
  for (const [index, task] of earlier.entries()) order([task], [later[index]]);
}

function asList(step: ChainStep | undefined): readonly unknown[] {
  return isList(step) ? step : [step];
}

function isList(step: ChainStep | undefined): step is readonly TaskHandle[] {
  return Array.isArray(step);
}
