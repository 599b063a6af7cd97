import type { DagRunKey, DagRunState } from "@polyflow/contracts";
import type { TaskSelection } from "@polyflow/store";
import type { Transaction } from "../database.ts";
import { statement } from "../statement.ts";
import { TASK_INSTANCE_COLUMNS, type TaskInstanceRow } from "./run-row.ts";

/** Parameters: DAG id, run ids. Result: the runs. Locks: dag_run, ids ascending, so that none of them ends meanwhile. */
const LOCK_RUNS = statement(
  "lock_runs",
  `select dag_run_id as "runKey", run_id as "runId", state from polyflow.dag_run
   where dag_id = $1 and run_id = any($2::text[])
   order by dag_run_id
   for update`,
);

export type LockedRun = { readonly runKey: DagRunKey; readonly runId: string; readonly state: DagRunState };

/**
 * Parameters: run keys, task ids and map indexes (null: all instances) or null for all tasks, states. Result: the task instances that are
 * meant and in one of the states. Locks: task_instance, ids ascending.
 */
const LOCK_SELECTED = statement(
  "lock_selected",
  `select ${TASK_INSTANCE_COLUMNS}
   from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id)
   where ti.dag_run_id = any($1::uuid[]) and ti.state = any($4::text[])
     and ($2::text[] is null or exists (
       select from unnest($2::text[], $3::integer[]) wanted (task_id, map_index)
       where wanted.task_id = ti.task_id and (wanted.map_index is null or wanted.map_index = ti.map_index)
     ))
   order by ti.task_instance_id
   for update of ti`,
);

/** Locks the runs of a selection, then its task instances that are in one of the states. */
export async function lockSelection(
  transaction: Transaction,
  selection: TaskSelection,
  states: readonly string[],
): Promise<{ readonly runs: readonly LockedRun[]; readonly taskInstances: readonly TaskInstanceRow[] }> {
  const runIds = [...new Set([selection.runId, ...(selection.moreRunIds ?? [])])];
  const runs = await transaction.query<LockedRun>(LOCK_RUNS, [selection.dagId, runIds]);
  if (runs.length === 0) return { runs, taskInstances: [] };
  const instances = wantedInstances(selection);
  const taskInstances = await transaction.query<TaskInstanceRow>(LOCK_SELECTED, [
    runs.map((run) => run.runKey),
    instances?.map((wanted) => wanted.taskId) ?? null,
    instances?.map((wanted) => wanted.mapIndex) ?? null,
    states,
  ]);
  return { runs, taskInstances };
}

function wantedInstances({ taskIds, mapIndexes = {} }: TaskSelection) {
  return taskIds?.flatMap((taskId): { readonly taskId: string; readonly mapIndex: number | null }[] => {
    const indexes = mapIndexes[taskId];
    return indexes === undefined ? [{ taskId, mapIndex: null }] : indexes.map((mapIndex) => ({ taskId, mapIndex }));
  });
}
