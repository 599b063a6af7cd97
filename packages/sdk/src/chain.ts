import { invalidDag } from "./invalid-dag.ts";
import { checkText } from "./option-checks.ts";
import { order, type Orderable } from "./order.ts";

/** One step of a `chain`: a task or a group, several that run side by side, or a text at the edges from the step before to the step after. */
export type ChainStep = Orderable | readonly Orderable[] | EdgeLabel;

/** A text at an edge; see `label`. */
export interface EdgeLabel {
  readonly edgeLabel: string;
}

const LONGEST_LABEL = 250;

/**
 * A text at the edges between two steps of a `chain`, for people: what leads from one to the other.
 * @example chain(check, label("good"), publish);
 */
export function label(text: string): EdgeLabel {
  return { edgeLabel: checkText("label", text, LONGEST_LABEL) };
}

/**
 * Puts tasks in order, one step after the other. Between two lists of equal length the tasks are paired, as in Airflow's `chain`.
 * @throws PolyflowError `dag_invalid` when two neighbouring lists differ in length
 * @example chain(extract, [checkRows, checkKeys], publish);
 */
export function chain(...steps: readonly ChainStep[]): void {
  let earlier: Orderable | readonly Orderable[] | undefined;
  let text: string | undefined;
  for (const step of steps) {
    if (isLabel(step)) {
      text = step.edgeLabel;
      continue;
    }
    if (earlier === undefined) order([], asList(step));
    else if (isList(earlier) && isList(step)) pair(earlier, step, text);
    else order(asList(earlier), asList(step), text);
    earlier = step;
    text = undefined;
  }
}

function pair(earlier: readonly Orderable[], later: readonly Orderable[], text: string | undefined): void {
  if (earlier.length !== later.length) {
    throw invalidDag(
      `chain: a list of ${earlier.length} tasks is followed by one of ${later.length}. Lists are paired and need equal length; ` +
        "to let every task of one wait for every task of the other, call task.after(...list) for each.",
    );
  }
  for (const [index, task] of earlier.entries()) order([task], [later[index]], text);
}

function asList(step: Orderable | readonly Orderable[]): readonly unknown[] {
  return isList(step) ? step : [step];
}

function isList(step: ChainStep): step is readonly Orderable[] {
  return Array.isArray(step);
}

function isLabel(step: ChainStep): step is EdgeLabel {
  return typeof step === "object" && step !== null && "edgeLabel" in step;
}
