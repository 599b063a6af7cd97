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
import type { ModelRun, ModelTask } from "./model-rows.ts";
import type { ModelState } from "./model-state.ts";
import type { SimulatedCluster, TaskBody } from "./simulated-cluster.ts";

/** Attempts that infrastructure may lose before a task is given up. */
const MAX_LOSSES = 3;
/** What falls due now may be noticed with the next poll. */
const SLOW_MS = 60_000;

/** What must hold at any time. @returns what does not. */
export function violationsOf(cluster: SimulatedCluster): readonly string[] {
  const { state } = cluster.store;
  const found = [...state.violations];
  const executions = Map.groupBy(cluster.executions, (execution) => execution.task);
  const rows = Map.groupBy(state.outbox.values(), (row) => row.task);
  for (const task of state.tasks.values()) {
    const isQueued = task.state === "queued";
    const ownRows = rows.get(task) ?? [];
    if (isQueued !== (ownRows.length === 1) || (isQueued && ownRows[0]?.attemptId !== task.attemptId))
      found.push(`I13: ${describe(task)} is ${task.state} and has ${ownRows.length} outbox rows`);
    found.push(...attemptViolations(task, executions.get(task) ?? []), ...ownerViolations(task));
  }
  for (const run of state.runs.values()) {
    const unfinished = (state.tasksOfRun.get(run.runKey) ?? []).filter((task) => !isFinishedTaskState(task.state));
    if (isFinishedRunState(run.state) && unfinished.length > 0)
      found.push(`I19: run ${run.runKey} is ${run.state} and has unfinished tasks: ${statesOf(unfinished)}`);
    if (run.versionId !== run.bornVersionId) found.push(`I31: run ${run.runKey} went to another version of its DAG`);
  }
  return [...found, ...limitViolations(state), ...noticeViolations(state)];
}

/** I6 and I15: numbers of tries, and how often the task ran. */
function attemptViolations(task: ModelTask, executions: SimulatedCluster["executions"]): readonly string[] {
  const found: string[] = [];
  const { issued } = task;
  const hasGap = issued.some((number, index) => number !== (issued[index - 1] ?? 0) && number !== (issued[index - 1] ?? 0) + 1);
  const looks = executions.map(({ tryNumber, looks: look }) => `${tryNumber}.${look}`);
  if (hasGap || new Set(looks).size !== looks.length)
    found.push(`I6: ${describe(task)} was given tries ${issued.join(", ")} and ran ${looks.join(", ")}`);
  const tries = new Set(executions.map(({ tryNumber }) => tryNumber)).size;
  const allowed = (1 + task.spec.retries) * (1 + task.clears) + task.madeGood;
  if (tries > allowed) found.push(`I15: ${describe(task)} ran ${tries} times, ${allowed} are allowed`);
  if (task.madeGoodLosses > MAX_LOSSES) found.push(`I15: ${describe(task)} was lost ${task.madeGoodLosses} times and began anew`);
  return found;
}

/** I18: somebody goes on with what is not finished. */
function ownerViolations({ state, sessionId, nextRetryAt, waitId, ...task }: ModelTask): readonly string[] {
  const hasOwner =
    state === "running"
      ? sessionId !== null
      : state === "deferred"
        ? waitId !== null || nextRetryAt !== null
        : !state.startsWith("up_for_") || nextRetryAt !== null;
  return hasOwner ? [] : [`I18: ${describe(task)} is ${state}, and nobody will go on with it`];
}

/** I12: pools and limits of runs, as sums over what is there. */
function limitViolations(state: ModelState): readonly string[] {
  const holders = state.holders();
  const found: string[] = [];
  for (const [name, { slots }] of state.pools) {
    const held = state.slotsHeld(name, holders);
    if (slots >= 0 && held > slots) found.push(`I12: ${held} of ${slots} slots of pool ${name} are taken`);
  }
  for (const run of new Set(holders.map((task) => task.run))) {
    const active = holders.filter((task) => task.run === run);
    // A newer version may allow less than what runs.
    const most = Math.max(...[...state.specs.values()].filter((spec) => spec.dagId === run.dagId).map((spec) => spec.maxActiveTasks));
    if (active.length > most) found.push(`I12: ${active.length} tasks of run ${run.runKey} are active, ${most} are allowed`);
  }
  return found;
}

/** I21 and I22: an update is answered once by each DAG, a missed deadline said once. */
function noticeViolations(state: ModelState): readonly string[] {
  const doubled = state.deadlines
    .filter(({ notices }) => notices > 1)
    .map(({ run, name }) => `I22: ${name} of ${run.runKey} was said twice`);
  const answered = state.assetEvents.flatMap(({ eventId, answers }) =>
    new Set(answers.map((answer) => answer.dagId)).size === answers.length
      ? []
      : `I21: update ${eventId} was answered ${answers.length} times`,
  );
  return [...doubled, ...answered];
}

/** What must hold once faults have stopped and everything has come to rest: all ended, and as an oracle without faults says. */
export function restViolationsOf(cluster: SimulatedCluster, body: TaskBody): readonly string[] {
  const { state } = cluster.store;
  const found: string[] = [];
  for (const run of state.runs.values()) {
    if (!state.specs.has(run.versionId)) continue;
    if (!isFinishedRunState(run.state)) found.push(...restlessRun(state, run));
    else found.push(...endViolations(cluster, run, body));
  }
  if (state.outbox.size > 0) found.push(`L5: ${state.outbox.size} outbox rows are left`);
  for (const { eventId, waiting } of state.assetEvents) if (waiting.size > 0) found.push(`I21: update ${eventId} was answered by nobody`);
  for (const backfill of state.backfills)
    if (!backfill.isCompleted) found.push(`L3: backfill ${backfill.backfillId} of ${backfill.dagId} is not over`);
  for (const { run, name, notices, dueAtMs } of state.deadlines)
    if (notices === 0 && dueAtMs <= state.clock.now() - SLOW_MS) found.push(`I22: nobody said that ${name} of ${run.runKey} is missed`);
  return found;
}

function restlessRun(state: ModelState, run: ModelRun): readonly string[] {
  const tasks = state.tasksOfRun.get(run.runKey) ?? [];
  const text = `run ${run.runKey} of ${run.dagId} is ${run.state}: ${statesOf(tasks)}`;
  const isPoisoned = [...state.dags.values()].some((dag) => !state.specs.has(dag.versionId));
  return [
    `L3: ${text}`,
    ...(tasks.some((task) => task.state === "queued") ? [`I14: ${text}`] : []),
    ...(isPoisoned ? [`I32: beside a DAG that cannot be read, ${text}`] : []),
  ];
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
  // A rule that waits for nothing lets instances that were cleared run again before their list is there anew.
  if (instances.some((task) => task.clears > 0 && EARLY_RULES.includes(task.spec.triggerRule))) return undefined;
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
  if (task.mark !== undefined)
    return task.state === task.mark ? undefined : `I17: ${describe(task)} was marked ${task.mark} and is ${task.state}`;
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

/** Instants of the runs of a DAG that stand for one, sorted: those that its timetable wanted, and those of backfills. */
export function scheduledInstants(cluster: SimulatedCluster, dagId: string): readonly number[] {
  const runs = cluster.store.state.runsOf(dagId).filter((run) => run.request.logicalDate !== null);
  return runs.map((run) => run.request.runAfter.getTime()).toSorted((a, b) => a - b);
}

function statesOf(tasks: readonly ModelTask[]): string {
  return tasks.map((task) => `${task.spec.taskId}=${task.state}`).join(" ");
}

function describe(task: Pick<ModelTask, "run" | "spec" | "mapIndex">): string {
  return `${task.run.dagId} ${task.run.request.runId} ${task.spec.taskId}${task.mapIndex < 0 ? "" : `#${task.mapIndex}`}`;
}
