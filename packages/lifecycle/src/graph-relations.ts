import type { TaskSpec } from "@polyflow/contracts";

/** What the relations are made from. */
export interface GraphEdges {
  readonly tasks: ReadonlyMap<string, TaskSpec>;
  /** Every task stands after its upstream tasks. */
  readonly order: readonly string[];
  readonly downstreamOf: (taskId: string) => readonly string[];
}

/** Who is related to whom otherwise than directly; tasks without such relations are not in the maps. */
export interface GraphRelations {
  /** Tasks whose success may say that the task is skipped. */
  readonly skippers: ReadonlyMap<string, readonly string[]>;
  /** Setups before the task, not directly, whose work it is part of. */
  readonly setups: ReadonlyMap<string, readonly string[]>;
  /** Tasks that decide how a run ends. */
  readonly leaves: readonly string[];
}

export function relationsOf(edges: GraphEdges): GraphRelations {
  return {
    skippers: skippersOf(edges),
    setups: indirectSetupsOf(edges),
    leaves: leavesOf(edges),
  };
}

/** All tasks after the given one, directly or not. */
export function tasksAfter(taskId: string, downstreamOf: GraphEdges["downstreamOf"]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [taskId];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    for (const next of downstreamOf(current)) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(next);
    }
  }
  return found;
}

/**
 * Airflow's rule: a task without work after it, teardowns aside; teardowns count only if they were told to. A DAG of nothing but teardowns is
 * judged by what stands at its end.
 */
function leavesOf({ tasks, order, downstreamOf }: GraphEdges): readonly string[] {
  const isTeardown = (taskId: string): boolean => tasks.get(taskId)?.role === "teardown";
  const decides = (taskId: string): boolean => {
    if (isTeardown(taskId)) return tasks.get(taskId)?.onFailureFailDagRun === true;
    return downstreamOf(taskId).every(isTeardown);
  };
  const leaves = order.filter(decides);
  return leaves.length > 0 ? leaves : order.filter((taskId) => downstreamOf(taskId).length === 0);
}

function skippersOf({ tasks, order, downstreamOf }: GraphEdges): ReadonlyMap<string, readonly string[]> {
  const skippers = new Map<string, string[]>();
  for (const taskId of order) {
    const reach = tasks.get(taskId)?.skipsDownstream;
    if (reach === undefined) continue;
    for (const after of reach === "direct" ? downstreamOf(taskId) : tasksAfter(taskId, downstreamOf)) append(skippers, after, taskId);
  }
  return skippers;
}

/**
 * For each work task the setups before it that it does not follow directly and that have not been taken down when it runs: those of which a
 * teardown stands after the task, and those without any.
 */
function indirectSetupsOf({ tasks, order, downstreamOf }: GraphEdges): ReadonlyMap<string, readonly string[]> {
  const setups = new Map<string, string[]>();
  for (const setupId of order) {
    if (tasks.get(setupId)?.role !== "setup") continue;
    const after = tasksAfter(setupId, downstreamOf);
    const direct = new Set(downstreamOf(setupId));
    const teardowns = [...direct].filter((taskId) => tasks.get(taskId)?.role === "teardown");
    const beforeTeardown = teardowns.length === 0 ? after : tasksBefore(teardowns, tasks);
    for (const taskId of after) {
      if (!direct.has(taskId) && beforeTeardown.has(taskId) && tasks.get(taskId)?.role !== "teardown") append(setups, taskId, setupId);
    }
  }
  return setups;
}

function tasksBefore(taskIds: readonly string[], tasks: ReadonlyMap<string, TaskSpec>): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...taskIds];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    for (const before of tasks.get(current)?.upstream ?? []) {
      if (found.has(before)) continue;
      found.add(before);
      open.push(before);
    }
  }
  return found;
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
