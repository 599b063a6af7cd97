import { isFinishedRunState, isFinishedTaskState, mapOutputKey, mapOutputs, UNMAPPED } from "@polyflow/contracts";
import {
  buildDagGraph,
  type DagGraph,
  decideRunEnd,
  evaluateDependencies,
  InstanceIndex,
  mapLength,
  type SourceLength,
  type TaskDependencies,
} from "@polyflow/lifecycle";
import { modelTaskFacts } from "./model-mapping.ts";
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
    const allowed = (1 + task.spec.retries) * (1 + task.clears) + MAX_LOSSES;
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
  const facts = modelTaskFacts(state, { runKey: run.runKey, taskIds: undefined });
  const expected = decideRunEnd(graph, facts)?.to;
  if (!wasTimedOut && run.state !== expected)
    return [`I19: run ${run.runKey} is ${run.state}, its leaves say ${expected}: ${statesOf(tasks)}`];
  if (wasTimedOut || (spec.failFast && run.state === "failed")) return [];
  const index = new InstanceIndex(facts);
  return [
    ...tasks.flatMap((task) => taskViolations(task, dependenciesOf(graph, task, index), body) ?? []),
    ...graph.order.flatMap((taskId) => lengthViolation(graph, tasks, taskId) ?? []),
  ];
}

/** Rules that may let a task run before the branch has decided that it is skipped. */
const EARLY_RULES: readonly string[] = ["always", "one_success", "one_failed", "one_done", "all_failed", "all_skipped"];

/** What the final states say of a task; a skip that may have come after its start does not count. */
function dependenciesOf(graph: DagGraph, task: ModelTask, index: InstanceIndex): TaskDependencies {
  const dependencies = evaluateDependencies(graph, task.spec.taskId, index)(task);
  if (dependencies.gate !== "previously_skipped" || !task.hasRun) return dependencies;
  // A short-circuit far before it may be overtaken where tasks between them were skipped or failed early.
  const isDirect = graph.skippersOf(task.spec.taskId).every((skipper) => task.spec.upstream.includes(skipper));
  const waitsForAll = !EARLY_RULES.includes(task.spec.triggerRule);
  return isDirect && waitsForAll ? dependencies : { ...dependencies, passed: true };
}

/** A task that was expanded has as many instances as what it is mapped over has elements. */
function lengthViolation(graph: DagGraph, tasks: readonly ModelTask[], taskId: string): string | undefined {
  const mapping = graph.mappingOf(taskId);
  const instances = tasks.filter((task) => task.spec.taskId === taskId && task.mapIndex !== UNMAPPED && task.state !== "removed");
  // Only what ran is known to have been made for the outputs as they are now.
  if (mapping === undefined || !instances.some((task) => task.hasRun)) return undefined;
  const lengths = mapOutputs(mapping).map((output): [string, SourceLength] => [mapOutputKey(output), outputLength(tasks, output.taskId)]);
  const length = mapLength(mapping, new Map(lengths));
  if (length.kind !== "length" || length.length === instances.length) return undefined;
  return `A3: ${taskId} has ${instances.length} instances, its list ${length.length}`;
}

function outputLength(tasks: readonly ModelTask[], taskId: string): SourceLength {
  const given = tasks.filter((task) => task.spec.taskId === taskId && task.output !== undefined && task.state === "success");
  if (tasks.some((task) => task.spec.taskId === taskId && task.mapIndex !== UNMAPPED)) return { kind: "length", length: given.length };
  const output = given[0]?.output;
  return Array.isArray(output) ? { kind: "length", length: output.length } : { kind: "absent" };
}

/** I11 and I20 by the final states: what ran was allowed to, what did not run was not, and each has the result that its body gives. */
function taskViolations(task: ModelTask, dependencies: TaskDependencies, body: TaskBody): string | undefined {
  const { passed, reason } = dependencies;
  // Fewer elements than before: the instance is none of the task's any more.
  if (task.state === "removed") return undefined;
  if (!task.hasRun) {
    const hadNothingToMap = task.spec.mapping !== undefined || task.spec.groupId !== undefined;
    const isRight = isFinishedTaskState(task.state) && (!passed || hadNothingToMap);
    return isRight ? undefined : `I11: ${describe(task)} did not run: ${task.state}, ${reason}`;
  }
  // A rule that was decided early (one_success, all_success with a skip before a failure) still holds at the end.
  if (!passed) return `I11: ${describe(task)} ran although ${reason}`;
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
  return `${task.run.dagId} ${task.run.request.runId} ${task.spec.taskId}${task.mapIndex < 0 ? "" : `#${task.mapIndex}`}`;
}
