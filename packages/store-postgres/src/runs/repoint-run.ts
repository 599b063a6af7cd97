import type { DagRunKey } from "@polyflow/contracts";
import type { Transaction } from "../database.ts";
import { statement } from "../statement.ts";

/** Parameters: run key. Result: the new version, or no row when it has the newest already. Locks held: dag_run. */
const POINT_TO_LATEST = statement(
  "point_run_to_latest_version",
  `update polyflow.dag_run run set
     dag_version_id = dag.current_version_id, has_callbacks = version.callbacks is not null
   from polyflow.dag join polyflow.dag_version version on version.dag_version_id = dag.current_version_id
   where run.dag_run_id = $1 and dag.dag_id = run.dag_id and run.dag_version_id <> dag.current_version_id
   returning run.dag_version_id`,
);

/** Parameters: run key. Tasks that the version adds get an instance. */
const ADD_NEW_TASKS = statement(
  "add_new_tasks",
  `insert into polyflow.task_instance (
     dag_run_id, task_id, position, max_tries, operator, pool, pool_slots, queue, priority_weight, run_after,
     has_callbacks
   )
   select run.dag_run_id, task.task_id, task.position, task.retries, task.operator, task.pool, task.pool_slots, task.queue,
          task.priority_weight, run.run_after, task.callbacks is not null
   from polyflow.dag_run run join polyflow.dag_version_task task using (dag_version_id)
   where run.dag_run_id = $1
     and not exists (
       select from polyflow.task_instance ti where ti.dag_run_id = run.dag_run_id and ti.task_id = task.task_id
     )
   order by task.position`,
);

/**
 * Parameters: run key, now. What waits takes the new version's settings, or is `removed` when the version has no such task; what has ended or
 * has an attempt stays as it is. Locks: task_instance.
 */
const FIT_WAITING_TASKS = statement(
  "fit_waiting_tasks",
  `update polyflow.task_instance ti set
     state = case when task.task_id is null then 'removed' else ti.state end,
     end_date = case when task.task_id is null then $2::timestamptz else ti.end_date end,
     next_retry_at = case when task.task_id is null then null else ti.next_retry_at end,
     reason = case when task.task_id is null then 'the DAG has no such task any more' else ti.reason end,
     position = coalesce(task.position, ti.position), operator = coalesce(task.operator, ti.operator),
     pool = coalesce(task.pool, ti.pool), pool_slots = coalesce(task.pool_slots, ti.pool_slots), queue = coalesce(task.queue, ti.queue),
     priority_weight = coalesce(task.priority_weight, ti.priority_weight), has_callbacks = task.callbacks is not null,
     max_tries = coalesce(ti.try_number + task.retries, ti.max_tries)
   from polyflow.task_instance former
   join polyflow.dag_run run using (dag_run_id)
   left join polyflow.dag_version_task task on task.dag_version_id = run.dag_version_id and task.task_id = former.task_id
   where former.dag_run_id = $1 and ti.task_instance_id = former.task_instance_id
     and ti.state in ('none', 'scheduled', 'up_for_retry', 'up_for_reschedule', 'deferred')`,
);

/** Gives a locked run the newest version of its DAG. To be called after the clear, so that what was cleared fits the new version (A10). */
export async function repointRun(transaction: Transaction, runKey: DagRunKey, now: Date): Promise<void> {
  if ((await transaction.queryOne(POINT_TO_LATEST, [runKey])) === undefined) return;
  await transaction.query(ADD_NEW_TASKS, [runKey]);
  await transaction.query(FIT_WAITING_TASKS, [runKey, now]);
}
