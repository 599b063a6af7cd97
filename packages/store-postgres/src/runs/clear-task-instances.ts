import type { DagRunKey, DagRunState } from "@polyflow/contracts";
import type { ClearRequest, TaskInstanceRecord } from "@polyflow/store";
import type { Transaction } from "../database.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { resetTaskInstances } from "./reset-task-instances.ts";
import { runEvent, TASK_INSTANCE_COLUMNS, type TaskInstanceRow, taskEvent } from "./run-row.ts";

/** Parameters: DAG id, run id. Result: the run. Locks: dag_run, so that the run does not end meanwhile. */
export const LOCK_RUN = statement(
  "lock_run",
  `select dag_run_id as "runKey", state from polyflow.dag_run where dag_id = $1 and run_id = $2 for update`,
);

export type LockedRun = { readonly runKey: DagRunKey; readonly state: DagRunState };

/** Parameters: run key, task ids or null, only failed. Result: task instances that a clear concerns. Locks: task_instance, ids ascending. */
const LOCK_CLEARABLE = statement(
  "lock_clearable",
  `select ${TASK_INSTANCE_COLUMNS}
   from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id)
   where ti.dag_run_id = $1 and ($2::text[] is null or ti.task_id = any($2))
     and case
           when $3 then ti.state in ('failed', 'upstream_failed')
           else ti.state in ('success', 'failed', 'skipped', 'upstream_failed', 'running', 'up_for_retry', 'up_for_reschedule', 'deferred')
         end
   order by ti.task_instance_id
   for update of ti`,
);

/**
 * Parameters: task instances, now. Those whose process may still be alive become `restarting` and keep their attempt, which is refused
 * from now on; the others go back to `none`. Locks held: dag_run, task_instance.
 */
const CLEAR = statement(
  "clear_task_instances",
  `with candidate as materialized (
     select ti.*, ti.state = 'running' and exists (
       select from polyflow.worker_session session where session.worker_session_id = ti.worker_session_id and session.closed_at is null
     ) as is_alive
     from polyflow.task_instance ti where ti.task_instance_id = any($1::uuid[])
   ),
   former as materialized (select * from candidate where not is_alive),
   ${resetTaskInstances("former", "$2")}
   update polyflow.task_instance ti set state = 'restarting', reason = 'cleared while it was running'
   from candidate where candidate.is_alive and ti.task_instance_id = candidate.task_instance_id`,
);

/** Parameters: run key, now. A finished run goes back to the line. Locks held: dag_run. */
const REQUEUE_RUN = statement(
  "requeue_run",
  `update polyflow.dag_run set state = 'queued', queued_at = $2, start_date = null, end_date = null, timeout_at = null
   where dag_run_id = $1 and state in ('success', 'failed')`,
);

/** Parameters: task instances. Result: how they are now. */
const GET_TASK_INSTANCES = statement(
  "get_task_instances",
  `select ${TASK_INSTANCE_COLUMNS} from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id)
   where ti.task_instance_id = any($1::uuid[])
   order by ti.position, ti.map_index`,
);

/** See RunStore.clearTaskInstances. Lock order: dag_run, task_instance (ids ascending). */
export async function clearTaskInstances(context: StoreContext, request: ClearRequest): Promise<readonly TaskInstanceRecord[]> {
  const cleared = await context.database.transaction((transaction) => clearIn(transaction, request, nowOf(context)));
  if (cleared === undefined) return [];
  const { run, taskInstances } = cleared;
  if (!request.dryRun && taskInstances.length > 0) {
    const state = run.state === "running" ? "running" : "queued";
    context.feed.emit([...taskInstances.map(taskEvent), runEvent({ ...request, runKey: run.runKey, state })]);
  }
  return taskInstances;
}

/** The clear within an open transaction; undefined: no such run. */
export async function clearIn(
  transaction: Transaction,
  request: ClearRequest,
  now: Date,
): Promise<{ readonly run: LockedRun; readonly taskInstances: readonly TaskInstanceRecord[] } | undefined> {
  const run = await transaction.queryOne<LockedRun>(LOCK_RUN, [request.dagId, request.runId]);
  if (run === undefined) return undefined;
  const clearable = await transaction.query<TaskInstanceRow>(LOCK_CLEARABLE, [run.runKey, request.taskIds ?? null, request.onlyFailed]);
  if (request.dryRun || clearable.length === 0) return { run, taskInstances: clearable };
  const ids = clearable.map((row) => row.taskInstanceId);
  const [, , taskInstances] = await Promise.all([
    transaction.query(CLEAR, [ids, now]),
    transaction.query(REQUEUE_RUN, [run.runKey, now]),
    transaction.query<TaskInstanceRow>(GET_TASK_INSTANCES, [ids]),
  ]);
  return { run, taskInstances };
}
