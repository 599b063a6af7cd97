import { type DagSpec, PolyflowError, type TaskSpec } from "@polyflow/contracts";
import { countUpstream, explainWaiting, type GateResult, pastWindowOf, type WaitingFacts } from "@polyflow/lifecycle";
import type { DagRunRecord, Store, TaskInstanceRecord, TaskInstanceRef } from "@polyflow/store";
import { existingDag, existingRun, existingTaskInstance } from "../records/existing-records.ts";

/** What the answer depends on beside the store. */
export interface WaitingContext {
  readonly store: Store;
  readonly now: Date;
  /** `[core] parallelism`. */
  readonly parallelism: number;
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
export async function waitingGates({ store, now, parallelism }: WaitingContext, ref: TaskInstanceRef): Promise<Waiting> {
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
  const [counts, upstream, past] = await Promise.all([
    store.runs.waitingFacts(ref),
    store.scheduler.loadTaskFacts(run.runKey, task.upstream),
    pastOf(store, run, { spec: version.spec, task }),
  ]);
  const facts: WaitingFacts = {
    dag: {
      dagId: dag.dagId,
      isPaused: dag.isPaused,
      isActive: dag.isActive,
      maxActiveRuns: dag.spec.maxActiveRuns,
      maxActiveTasks: version.spec.maxActiveTasks,
    },
    run: { state: run.state, activeRunsOfDag: counts?.activeRunsOfDag ?? 0, activeTasks: counts?.activeTasksOfRun ?? 0 },
    task: taskFacts(task, instance),
    upstream: countUpstream(upstream.map((facts) => facts.state)),
    past,
    pool: counts?.pool,
    installation: { parallelism, active: counts?.activeTasks ?? 0 },
    now,
  };
  return { facts, gates: explainWaiting(facts) };
}

function taskFacts(task: TaskSpec, instance: TaskInstanceRecord) {
  return {
    state: instance.state,
    triggerRule: task.triggerRule,
    mapIndex: instance.mapIndex,
    poolSlots: instance.poolSlots,
    nextRetryAt: instance.nextRetryAt,
    dependsOnPast: task.dependsOnPast,
  };
}

async function pastOf(store: Store, run: DagRunRecord, { spec, task }: { readonly spec: DagSpec; readonly task: TaskSpec }) {
  if (!task.dependsOnPast) return undefined;
  const [past] = await store.scheduler.loadPastFacts([{ runKey: run.runKey, taskIds: [task.taskId], ...pastWindowOf(spec) }]);
  return past;
}
