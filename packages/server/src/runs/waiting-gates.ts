import { type DagSpec, PolyflowError, type TaskSpec } from "@polyflow/contracts";
import {
  buildDagGraph,
  countUpstream,
  type DagGraph,
  evaluateDependencies,
  explainWaiting,
  type GateResult,
  InstanceIndex,
  pastWindowOf,
  type WaitingFacts,
} from "@polyflow/lifecycle";
import type { DagRunRecord, PastFacts, Store, TaskFacts, TaskInstanceRecord, TaskInstanceRef, WaitingFactsRecord } from "@polyflow/store";
import { nameUpstream } from "./name-upstream.ts";
import { existingDag, existingRun, existingTaskInstance } from "../records/existing-records.ts";

/** What the answer depends on beside the store. */
export interface WaitingContext {
  readonly store: Store;
  readonly now: Date;
  /** `[core] parallelism`. */
  readonly parallelism: number;
  /** `[core] max_active_tasks_over`. Default `run`. */
  readonly maxActiveTasksOver?: "run" | "dag";
  /** DAGs that the caller may see; undefined: all. Others are not named. */
  readonly readableDagIds?: readonly string[] | undefined;
}

/** Why a task instance does or does not run, and what that was told from. */
export interface Waiting {
  readonly facts: WaitingFacts;
  readonly gates: readonly GateResult[];
}

/**
 * Every reason that can hold a task instance back, passed or not, in the order in which a task comes to them.
 * @throws PolyflowError `dag_not_found`, `dag_run_not_found`, `task_instance_not_found`
 */
export async function waitingGates(context: WaitingContext, ref: TaskInstanceRef): Promise<Waiting> {
  const { store, now, parallelism, maxActiveTasksOver = "run", readableDagIds } = context;
  const [dag, run, instance] = await Promise.all([
    existingDag(store, ref.dagId),
    existingRun(store, ref.dagId, ref.runId),
    existingTaskInstance(store, ref),
  ]);
  const version = await store.dags.getVersion(run.versionId);
  const task = version?.spec.tasks.find((one) => one.taskId === ref.taskId);
  if (version === undefined || task === undefined) {
    throw new PolyflowError("task_instance_not_found", `The version of run "${ref.runId}" has no task "${ref.taskId}".`);
  }
  const graph = buildDagGraph(version.spec);
  const [counts, known, past, pastOfDownstream] = await Promise.all([
    store.runs.waitingFacts(ref),
    factsOfNeeded(store, run, { graph, taskId: ref.taskId }),
    pastOf(store, run, { spec: version.spec, task }),
    pastOfTasksAfter(store, run, { graph, task }),
  ]);
  if (counts === undefined) throw new PolyflowError("task_instance_not_found", `Task "${ref.taskId}" of run "${ref.runId}" was deleted.`);
  const index = new InstanceIndex(known);
  const activeTasks = maxActiveTasksOver === "dag" ? "activeTasksOfDag" : "activeTasksOfRun";
  const facts: WaitingFacts = {
    dag: {
      dagId: dag.dagId,
      isPaused: dag.isPaused,
      isActive: dag.isActive,
      maxActiveRuns: dag.spec.maxActiveRuns,
      maxActiveTasks: version.spec.maxActiveTasks,
    },
    run: { state: run.state, activeRunsOfDag: counts.activeRunsOfDag, activeTasks: counts[activeTasks] },
    task: {
      ...taskFacts(task, instance),
      activeOfDag: counts.activeOfTask,
      activeOfRun: counts.activeOfTaskInRun,
    },
    upstream: countUpstream(task.upstream.flatMap((taskId) => index.countsOf(taskId) ?? [])),
    dependencies: evaluateDependencies(graph, ref.taskId, index)(instance),
    past,
    pastOfDownstream,
    pool: visiblePool(counts.pool, readableDagIds),
    installation: { parallelism, active: counts.activeTasks },
    now,
  };
  return { facts, gates: nameUpstream(explainWaiting(facts), task.upstream, index) };
}

/** Who holds a pool is told as far as the caller may see it. */
function visiblePool(pool: WaitingFactsRecord["pool"], readableDagIds: readonly string[] | undefined): WaitingFactsRecord["pool"] {
  if (pool === undefined || readableDagIds === undefined) return pool;
  return { ...pool, holders: pool.holders.filter(({ dagId }) => readableDagIds.includes(dagId)) };
}

function taskFacts(task: TaskSpec, instance: TaskInstanceRecord) {
  return {
    state: instance.state,
    triggerRule: task.triggerRule,
    mapIndex: instance.mapIndex,
    pool: instance.pool,
    poolSlots: instance.poolSlots,
    nextRetryAt: instance.nextRetryAt,
    dependsOnPast: task.dependsOnPast,
    ignoreFirstDependsOnPast: task.ignoreFirstDependsOnPast ?? true,
    maxActivePerDag: task.maxActivePerDag,
    maxActivePerRun: task.maxActivePerRun,
  };
}

async function pastOf(store: Store, run: DagRunRecord, { spec, task }: { readonly spec: DagSpec; readonly task: TaskSpec }) {
  if (!task.dependsOnPast) return undefined;
  const [past] = await store.scheduler.loadPastFacts([{ runKey: run.runKey, taskIds: [task.taskId], ...pastWindowOf(spec) }]);
  return past;
}

/** Of thousands of instances their number in each state is enough, unless they meet the one that is asked about. */
async function factsOfNeeded(
  store: Store,
  run: DagRunRecord,
  { graph, taskId }: { readonly graph: DagGraph; readonly taskId: string },
): Promise<readonly TaskFacts[]> {
  const mapped = graph
    .neededFor(taskId)
    .map((needed) => ({ taskId: needed, as: graph.sharesIndex(taskId, needed) ? ("each" as const) : ("counted" as const) }));
  const facts = await store.scheduler.loadTaskFactsOfRuns([{ runKey: run.runKey, taskIds: undefined, mapped }]);
  return facts.get(run.runKey) ?? [];
}

async function pastOfTasksAfter(
  store: Store,
  run: DagRunRecord,
  { graph, task }: { readonly graph: DagGraph; readonly task: TaskSpec },
): Promise<readonly PastFacts[] | undefined> {
  if (task.waitForDownstream !== true) return undefined;
  return store.scheduler.loadPastFacts([{ runKey: run.runKey, taskIds: graph.downstreamOf(task.taskId), ...graph.pastWindow }]);
}
