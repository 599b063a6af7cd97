import type { TaskInstanceId, TaskInstanceState } from "@polyflow/contracts";
import { isFinishedTaskState } from "@polyflow/contracts";
import type { DagGraph } from "./dag-graph.ts";
import { countUpstream, evaluateTriggerRule } from "./trigger-rules.ts";

/** A task instance as decisions see it; the store's `TaskFacts` is one. */
export interface TaskStateFacts {
  readonly taskInstanceId: TaskInstanceId;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly state: TaskInstanceState;
}

/** One decided transition; the store's `TaskTransition` is one. */
export interface TaskDecision {
  readonly taskInstanceId: TaskInstanceId;
  readonly from: TaskInstanceState;
  readonly to: "scheduled" | "skipped" | "upstream_failed" | "removed" | "failed";
  readonly reason: string | null;
}

/**
 * Decides for the candidate tasks, and for whatever follows from these decisions as far as facts were given, to a fixpoint.
 * A task is decided only when facts of all its upstream tasks are there, so partial facts give fewer decisions, never wrong ones.
 * @param candidates task ids in topological order (`graph.order`, `graph.descendantsOf`)
 */
export function decideTasks(graph: DagGraph, facts: readonly TaskStateFacts[], candidates: readonly string[]): readonly TaskDecision[] {
  const byTask = groupByTask(facts);
  if (graph.failFast) {
    const failed = facts.find((fact) => fact.state === "failed");
    if (failed !== undefined) return decideFailFast(facts, failed.taskId);
  }
  const states = new Map<TaskInstanceId, TaskInstanceState>();
  const decisions: TaskDecision[] = [];
  for (const taskId of candidates) {
    for (const instance of byTask.get(taskId) ?? []) {
      const decision = decideInstance(graph, instance, byTask, states);
      if (decision === undefined) continue;
      decisions.push(decision);
      states.set(instance.taskInstanceId, decision.to);
    }
  }
  return decisions;
}

function decideInstance(
  graph: DagGraph,
  instance: TaskStateFacts,
  byTask: ReadonlyMap<string, readonly TaskStateFacts[]>,
  states: ReadonlyMap<TaskInstanceId, TaskInstanceState>,
): TaskDecision | undefined {
  const { taskInstanceId, state, mapIndex } = instance;
  const task = graph.tasks.get(instance.taskId);
  if (state !== "none" || task === undefined) return undefined;
  const upstreamStates: TaskInstanceState[] = [];
  for (const upstreamId of task.upstream) {
    const instances = byTask.get(upstreamId);
    if (instances === undefined) return undefined;
    for (const upstream of instances) upstreamStates.push(states.get(upstream.taskInstanceId) ?? upstream.state);
  }
  const result = evaluateTriggerRule(task.triggerRule, countUpstream(upstreamStates), { mapIndex });
  if (result.becomes !== undefined) return { taskInstanceId, from: state, to: result.becomes, reason: result.reason };
  return result.passed ? { taskInstanceId, from: state, to: "scheduled", reason: null } : undefined;
}

/** The first failure of a fail-fast run: what runs is failed, what waits is skipped. */
function decideFailFast(facts: readonly TaskStateFacts[], failedTaskId: string): readonly TaskDecision[] {
  const reason = `The run is fail-fast and task "${failedTaskId}" failed.`;
  const decisions: TaskDecision[] = [];
  for (const { taskInstanceId, state } of facts) {
    if (isFinishedTaskState(state)) continue;
    const atWork = state === "running" || state === "restarting";
    decisions.push({ taskInstanceId, from: state, to: atWork ? "failed" : "skipped", reason });
  }
  return decisions;
}

/**
 * Whether a run has come to a standstill: tasks are left, and nothing is under way that could ever bring them on.
 * @param facts of all task instances of the run, with the decisions for them already taken into account
 * @returns the decisions that end what is left; empty when the run still moves.
 */
export function decideDeadlock(facts: readonly TaskStateFacts[]): readonly TaskDecision[] {
  const unfinished = facts.filter((fact) => !isFinishedTaskState(fact.state));
  if (unfinished.some((fact) => fact.state !== "none")) return [];
  return unfinished.map(({ taskInstanceId, state, taskId }) => ({
    taskInstanceId,
    from: state,
    to: "upstream_failed",
    reason: `Deadlock: the trigger rule of "${taskId}" cannot be met any more, since all that it waits for has ended.`,
  }));
}

/** The facts as they will be once the decisions are written. */
export function applyDecisions<Facts extends TaskStateFacts>(
  facts: readonly Facts[],
  decisions: readonly TaskDecision[],
): readonly Facts[] {
  if (decisions.length === 0) return facts;
  const states = new Map(decisions.map((decision) => [decision.taskInstanceId, decision.to]));
  return facts.map((fact) => {
    const state = states.get(fact.taskInstanceId);
    return state === undefined ? fact : { ...fact, state };
  });
}

function groupByTask(facts: readonly TaskStateFacts[]): ReadonlyMap<string, readonly TaskStateFacts[]> {
  const byTask = new Map<string, TaskStateFacts[]>();
  for (const fact of facts) {
    const instances = byTask.get(fact.taskId);
    if (instances === undefined) byTask.set(fact.taskId, [fact]);
    else instances.push(fact);
  }
  return byTask;
}
