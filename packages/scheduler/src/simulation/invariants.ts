import { isFinishedRunState, isFinishedTaskState } from "@polyflow/contracts";
import { buildDagGraph, countUpstream, decideRunEnd, evaluateTriggerRule } from "@polyflow/lifecycle";
import type { ModelRun, ModelTask } from "./model-state.ts";
import type { SimulatedCluster, TaskBody } from "./simulated-cluster.ts";

/** Attempts that infrastructure may lose before a task is given up. */
const MAX_LOSSES = 3;

/** What must hold at any time. @returns what does not. */
export function violationsOf(cluster: SimulatedCluster): readonly string[] {
  const { state } = cluster.store;
  const found = [...state.violations];
  for (const task of state.tasks.values()) {
    const isQueued = task.state === "queued";
    const rows = [...state.outbox.values()].filter((row) => row.task === task);
    if (isQueued !== (rows.length === 1) || (isQueued && rows[0]?.attemptId !== task.attemptId)) {
      found.push(`I13: ${describe(task)} is ${task.state} and has ${rows.length} outbox rows`);
    }
    const tries = cluster.executions.filter((execution) => execution.task === task).map((execution) => execution.tryNumber);
    if (new Set(tries).size !== tries.length) found.push(`I6: ${describe(task)} ran tries ${tries.join(", ")}`);
    const allowed = 1 + task.spec.retries + MAX_LOSSES;
    if (tries.length > allowed) found.push(`I15: ${describe(task)} ran ${tries.length} times, ${allowed} are allowed`);
  }
  for (const run of state.runs.values()) {
    if (isFinishedRunState(run.state) && state.hasUnfinishedTasks(run.runKey))
      found.push(`I19: run ${run.runKey} is ${run.state} and has unfinished tasks`);
  }
  return found;
}

/** What must hold once faults have stopped and everything has come to rest: all ended, and as an oracle without faults says. */
export function restViolationsOf(cluster: SimulatedCluster, body: TaskBody): readonly string[] {
  const { state } = cluster.store;
  const found: string[] = [];
  for (const run of state.runs.values()) {
    if (!isFinishedRunState(run.state))
      found.push(`L3: run ${run.runKey} of ${run.dagId} is ${run.state}: ${statesOf(state.tasksOfRun.get(run.runKey) ?? [])}`);
    else found.push(...endViolations(cluster, run, body));
  }
  if (state.outbox.size > 0) found.push(`L5: ${state.outbox.size} outbox rows are left`);
  return found;
}

function endViolations(cluster: SimulatedCluster, run: ModelRun, body: TaskBody): readonly string[] {
  const { state } = cluster.store;
  const spec = state.specs.get(run.versionId);
  const tasks = state.tasksOfRun.get(run.runKey) ?? [];
  if (spec === undefined) return [];
  const wasTimedOut = spec.runTimeoutMs !== undefined && run.state === "failed";
  const graph = buildDagGraph(spec);
  const facts = tasks.map((task) => ({ taskInstanceId: task.taskInstanceId, taskId: task.spec.taskId, mapIndex: -1, state: task.state }));
  const expected = decideRunEnd(graph, facts)?.to;
  if (!wasTimedOut && run.state !== expected)
    return [`I19: run ${run.runKey} is ${run.state}, its leaves say ${expected}: ${statesOf(tasks)}`];
  if (wasTimedOut || (spec.failFast && run.state === "failed")) return [];
  return tasks.flatMap((task) => taskViolations(task, tasks, body) ?? []);
}

/** I11 and I20 by the final states: what ran was allowed to, what did not run was not, and each has the result that its body gives. */
function taskViolations(task: ModelTask, tasks: readonly ModelTask[], body: TaskBody): string | undefined {
  const upstream = tasks.filter((other) => task.spec.upstream.includes(other.spec.taskId)).map((other) => other.state);
  const rule = evaluateTriggerRule(task.spec.triggerRule, countUpstream(upstream));
  if (task.tryNumber === 0) {
    return rule.passed || !isFinishedTaskState(task.state)
      ? `I11: ${describe(task)} did not run: ${task.state}, ${rule.reason}`
      : undefined;
  }
  // A rule that was decided early (one_success, all_success with a skip before a failure) still holds at the end.
  if (!rule.passed) return `I11: ${describe(task)} ran although ${rule.reason}`;
  if (task.losses > MAX_LOSSES && task.state === "failed") return undefined;
  const outcome = body(task, task.tryNumber);
  const expected = outcome === "error" || outcome === "fatal" ? "failed" : outcome;
  return task.state === expected ? undefined : `I16: ${describe(task)} is ${task.state}, its last try gave ${outcome}`;
}

/** Instants of the scheduled runs of a DAG, sorted. */
export function scheduledInstants(cluster: SimulatedCluster, dagId: string): readonly number[] {
  const runs = [...cluster.store.state.runs.values()].filter((run) => run.dagId === dagId && run.request.runType === "scheduled");
  return runs.map((run) => run.request.runAfter.getTime()).toSorted((a, b) => a - b);
}

function statesOf(tasks: readonly ModelTask[]): string {
  return tasks.map((task) => `${task.spec.taskId}=${task.state}`).join(" ");
}

function describe(task: ModelTask): string {
  return `${task.run.dagId} ${task.run.request.runId} ${task.spec.taskId}`;
}
