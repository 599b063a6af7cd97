import { PolyflowError } from "@polyflow/contracts";
import type { DagRunRecord, Store, TaskSelection } from "@polyflow/store";
import { selectTasks } from "./select-tasks.ts";

/** Runs before or after that one action may touch. */
const MOST_RUNS = 5000;

/** Which task instances an action is asked to touch. */
export interface WantedTasks {
  /** Null: all tasks of the run. */
  readonly taskIds: readonly string[] | null;
  /** Single instances of mapped tasks, as pairs of id and index. */
  readonly instances?: readonly (readonly [taskId: string, mapIndex: number])[];
  readonly includeUpstream: boolean;
  readonly includeDownstream: boolean;
  readonly includePast: boolean;
  readonly includeFuture: boolean;
  readonly dryRun: boolean;
}

/**
 * The selection that the store takes: tasks with those before and after them as the run's own version knows them, in the run and in those
 * before and after it.
 * @throws PolyflowError `task_instance_not_found` for a task that the run's version does not have
 */
export async function taskSelection(store: Store, run: DagRunRecord, wanted: WantedTasks): Promise<TaskSelection> {
  const { dagId, runId } = run;
  const [taskIds, past, future] = await Promise.all([
    selectedTasks(store, run, wanted),
    wanted.includePast ? store.runs.runIdsAround(dagId, runId, "past", MOST_RUNS) : [],
    wanted.includeFuture ? store.runs.runIdsAround(dagId, runId, "future", MOST_RUNS) : [],
  ]);
  const mapIndexes: Record<string, number[]> = {};
  for (const [taskId, mapIndex] of wanted.instances ?? []) (mapIndexes[taskId] ??= []).push(mapIndex);
  return {
    dagId,
    runId,
    moreRunIds: [...past, ...future],
    ...(taskIds === undefined ? {} : { taskIds }),
    mapIndexes,
    dryRun: wanted.dryRun,
  };
}

async function selectedTasks(store: Store, run: DagRunRecord, wanted: WantedTasks): Promise<readonly string[] | undefined> {
  if (wanted.taskIds === null) return undefined;
  const version = await store.dags.getVersion(run.versionId);
  if (version === undefined) throw new PolyflowError("internal", `Version ${run.versionId} of run "${run.runId}" is not there.`);
  const known = new Set(version.spec.tasks.map((task) => task.taskId));
  const unknown = wanted.taskIds.filter((taskId) => !known.has(taskId));
  if (unknown.length === 0) return selectTasks(version.spec, { ...wanted, taskIds: wanted.taskIds });
  const names = unknown.map((taskId) => `"${taskId}"`).join(", ");
  throw new PolyflowError("task_instance_not_found", `Run "${run.runId}" of DAG "${run.dagId}" has no task ${names}.`);
}
