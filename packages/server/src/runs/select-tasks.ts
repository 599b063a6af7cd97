import type { DagSpec } from "@polyflow/contracts";
import { buildDagGraph } from "@polyflow/lifecycle";

export interface TaskSelection {
  readonly taskIds: readonly string[];
  /** With all tasks that come before them, directly or not. */
  readonly includeUpstream: boolean;
  /** With all tasks that come after them, directly or not. */
  readonly includeDownstream: boolean;
}

/** The selected tasks in topological order, with the setups and teardowns that belong to their work. */
export function selectTasks(spec: DagSpec, selection: TaskSelection): readonly string[] {
  const graph = buildDagGraph(spec);
  const selected = new Set(selection.taskIds);
  if (selection.includeUpstream) {
    // A set may grow while it is walked through: what is added is visited as well.
    for (const taskId of selected) for (const before of graph.upstreamOf(taskId)) selected.add(before);
  }
  if (selection.includeDownstream) for (const taskId of graph.descendantsOf(selection.taskIds)) selected.add(taskId);
  // What is added brings in no more: setups and teardowns of setups are those of their work.
  for (const taskId of selected) for (const fixture of graph.setupsAndTeardownsOf(taskId)) selected.add(fixture);
  return graph.order.filter((taskId) => selected.has(taskId));
}
