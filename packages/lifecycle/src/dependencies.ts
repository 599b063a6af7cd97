import type { TaskSpec } from "@polyflow/contracts";
import type { DagGraph } from "./dag-graph.ts";
import type { GateResult } from "./gate-result.ts";
import type { InstanceIndex, TaskStateFacts } from "./instance-index.ts";
import { countUpstream, evaluateTriggerRule, type SkippingState, type UpstreamCounts, type UpstreamState } from "./trigger-rules.ts";

/** Whether what a task instance waits for lets it run, or which state it gets because it never will. */
export interface TaskDependencies extends GateResult {
  readonly gate: "previously_skipped" | "setups" | "trigger_rule";
  readonly becomes: SkippingState | undefined;
}

/**
 * What other tasks of the run say of the instances of a task: in this order, that it is skipped by a branch or short-circuit before it, that a
 * setup which it needs has not succeeded, and its trigger rule. Facts of all tasks that it needs to know of must be there.
 */
export function evaluateDependencies(
  graph: DagGraph,
  taskId: string,
  index: InstanceIndex,
): (instance: Pick<TaskStateFacts, "mapIndex">) => TaskDependencies {
  const task = graph.tasks.get(taskId);
  if (task === undefined) return () => ({ gate: "trigger_rule", passed: false, becomes: undefined, reason: "The DAG has no such task." });
  // Thousands of instances of a mapped task look at the same tasks: these are counted once.
  const shared = new Map<string, readonly UpstreamState[]>();
  return ({ mapIndex }) => {
    const place = { index, mapIndex, shared };
    return skippedBefore(graph, task, place) ?? setupsHold(graph, task, place) ?? triggerRule(graph, task, place);
  };
}

interface Place {
  readonly index: InstanceIndex;
  readonly mapIndex: number;
  /** States of upstream tasks outside of the mapped group, counted once for all instances. */
  readonly shared: Map<string, readonly UpstreamState[]>;
}

/** A branch or short-circuit has decided; that stays so when the task alone is cleared. */
function skippedBefore(graph: DagGraph, task: TaskSpec, place: Place): TaskDependencies | undefined {
  if (task.role === "teardown") return undefined;
  for (const skipper of graph.skippersOf(task.taskId)) {
    for (const instance of met(graph, task, skipper, place)) {
      if (place.index.stateOf(instance) !== "success" || instance.skips?.includes(task.taskId) !== true) continue;
      const reason = `Task "${skipper}" has decided that it is skipped.`;
      return { gate: "previously_skipped", passed: false, becomes: "skipped", reason };
    }
  }
  return undefined;
}

/** Setups further up: the first that failed or was skipped decides, without waiting for the others. */
function setupsHold(graph: DagGraph, task: TaskSpec, place: Place): TaskDependencies | undefined {
  let waiting: TaskDependencies | undefined;
  for (const setupId of graph.setupsOf(task.taskId)) {
    for (const instance of met(graph, task, setupId, place)) {
      const state = place.index.stateOf(instance);
      if (state === "success" || state === "removed") continue;
      const reason = `Setup "${setupId}" is ${state}; it must succeed.`;
      const becomes = state === "failed" || state === "upstream_failed" ? "upstream_failed" : state === "skipped" ? state : undefined;
      if (becomes !== undefined) return { gate: "setups", passed: false, becomes, reason };
      waiting ??= { gate: "setups", passed: false, becomes: undefined, reason };
    }
  }
  return waiting;
}

function triggerRule(graph: DagGraph, task: TaskSpec, place: Place): TaskDependencies {
  return evaluateTriggerRule(task.triggerRule, upstreamCounts(graph, task, place), { mapIndex: place.mapIndex });
}

function upstreamCounts(graph: DagGraph, task: TaskSpec, place: Place): UpstreamCounts {
  const states: UpstreamState[] = [];
  for (const upstreamId of task.upstream) {
    const isSetup = graph.tasks.get(upstreamId)?.role === "setup";
    const isShared = !graph.sharesIndex(task.taskId, upstreamId);
    let found = isShared ? place.shared.get(upstreamId) : undefined;
    if (found === undefined) {
      found = compressed(graph, task, upstreamId, place).map((item) => ({ ...item, isSetup }));
      if (isShared) place.shared.set(upstreamId, found);
    }
    for (const item of found) states.push(item);
  }
  return countUpstream(states);
}

/** States with their counts, so that ten thousand instances are a handful of numbers. */
function compressed(graph: DagGraph, task: TaskSpec, upstreamId: string, place: Place): readonly UpstreamState[] {
  if (!meetsOne(graph, task, upstreamId, place)) return withoutRemoved(graph, upstreamId, place.index.countsOf(upstreamId) ?? []);
  return met(graph, task, upstreamId, place).map((instance) => ({ state: place.index.stateOf(instance) }));
}

/** Instances that a mapped task does not have any more are none of those that it has. */
function withoutRemoved(graph: DagGraph, taskId: string, counts: readonly UpstreamState[]): readonly UpstreamState[] {
  if (graph.mappingOf(taskId) === undefined) return counts;
  const present = counts.filter(({ state }) => state !== "removed");
  return present.length === 0 ? counts : present;
}

function meetsOne(graph: DagGraph, task: TaskSpec, otherId: string, { mapIndex }: Place): boolean {
  return mapIndex > -1 && graph.sharesIndex(task.taskId, otherId);
}

/** The instances of another task that an instance meets: within its mapped group the one of its index, otherwise all. */
function met(graph: DagGraph, task: TaskSpec, otherId: string, place: Place): readonly TaskStateFacts[] {
  if (!meetsOne(graph, task, otherId, place)) return place.index.instancesOf(otherId) ?? [];
  const other = place.index.instanceAt(otherId, place.mapIndex);
  return other === undefined ? [] : [other];
}
