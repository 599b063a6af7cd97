import type { DagSpec } from "@polyflow/contracts";
import { buildDagGraph } from "@polyflow/lifecycle";

export interface TaskSelection {
  readonly taskIds: readonly string[];
  /** With all tasks that come before them, directly or not. */
  readonly includeUpstream: boolean;
  /** With all tasks that come after them, directly or not. */
  readonly includeDownstream: boolean;
}

/** The selected tasks in topological order. */
export function selectTasks(spec: DagSpec, selection: TaskSelection): readonly string[] {
  const graph = buildDagGraph(spec);
  const selected = new Set(selection.taskIds);
  if (selection.includeDownstream) for (const taskId of graph.descendantsOf(selection.taskIds)) selected.add(taskId);
  if (selection.includeUpstream) {
    const open = [...selection.taskIds];
    const seen = new Set(open);
    for (let taskId = open.pop(); taskId !== undefined; taskId = open.pop()) {
      for (const before of graph.upstreamOf(taskId)) {
        if (seen.has(before)) continue;
        seen.add(before);
        selected.add(before);
        open.push(before);
      }
    }
  }
  return graph.order.filter((taskId) => selected.has(taskId));
}
