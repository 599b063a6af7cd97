import type { LeaderTerm, TaskExpansion } from "@polyflow/store";
import type { Transaction } from "../database.ts";
import { resetTaskInstances } from "../runs/reset-task-instances.ts";
import { TASK_EVENT_COLUMNS, type TaskEventRow } from "../runs/run-row.ts";
import { statement } from "../statement.ts";
import { TERM_LASTS, termValues } from "./lease.ts";

/** States in which an instance that is one too many is taken away; one that a worker has ends first. */
const MAY_VANISH = `('none', 'scheduled', 'up_for_retry', 'up_for_reschedule', 'deferred', 'success', 'failed', 'skipped', 'upstream_failed')`;

/**
 * Parameters: term (3), run keys, task ids, lengths, states of new instances, now. The row that stands for all instances becomes the first;
 * missing ones are added, those that are too many are `removed`, removed ones that there are again become `none`. A task whose row has ended
 * meanwhile stays as it is.
 * Result: the first instances, and those that changed; of thousands of new ones nobody need hear one by one.
 * Locks held: leader_lease; then task_instance (ids ascending).
 */
const EXPAND_TASKS = statement(
  "expand_tasks",
  `with wanted as materialized (
     select w.dag_run_id, w.task_id, w.length, w.to_state, run.dag_version_id, run.run_after
     from unnest($4::uuid[], $5::text[], $6::integer[], $7::text[]) w (dag_run_id, task_id, length, to_state)
     join polyflow.dag_run run on run.dag_run_id = w.dag_run_id and run.state = 'running'
     join polyflow.dag on dag.dag_id = run.dag_id and not dag.is_paused
     where ${TERM_LASTS}
   ),
   present as materialized (
     select ti.*, wanted.length, wanted.to_state
     from wanted join polyflow.task_instance ti using (dag_run_id, task_id)
     order by ti.task_instance_id
     for update of ti
   ),
   first as (
     update polyflow.task_instance ti set
       map_index = 0, state = present.to_state, scheduled_at = case when present.to_state = 'scheduled' then $8::timestamptz end
     from present
     where present.map_index = -1 and present.state = 'none' and ti.task_instance_id = present.task_instance_id
     returning ti.*
   ),
   vanished as (
     update polyflow.task_instance ti set
       state = 'removed', end_date = coalesce(ti.end_date, $8::timestamptz), next_retry_at = null, waited_since = null,
       reason = 'what its task is mapped over has fewer elements now'
     from present
     where present.map_index >= present.length and present.state in ${MAY_VANISH} and ti.task_instance_id = present.task_instance_id
     returning ti.*
   ),
   reappearing as materialized (
     select ti.* from polyflow.task_instance ti join present using (task_instance_id)
     where present.state = 'removed' and present.map_index >= 0 and present.map_index < present.length
   ),
   ${resetTaskInstances("reappearing", "$8")},
   added as (
     insert into polyflow.task_instance (
       dag_run_id, task_id, map_index, position, state, max_tries, operator, pool, pool_slots, queue, priority_weight, run_after, scheduled_at,
       has_callbacks
     )
     select wanted.dag_run_id, wanted.task_id, missing.map_index, task.position, wanted.to_state, task.retries, task.operator, task.pool,
            task.pool_slots, task.queue, task.priority_weight, wanted.run_after,
            case when wanted.to_state = 'scheduled' then $8::timestamptz end, task.callbacks is not null
     from wanted
     join polyflow.dag_version_task task using (dag_version_id, task_id)
     -- The row that stands for all becomes the first in this statement, so that it is not there to be seen yet.
     cross join lateral generate_series(
       case when exists (
         select from present where present.dag_run_id = wanted.dag_run_id and present.task_id = wanted.task_id and present.map_index = -1
       ) then 1 else 0 end,
       wanted.length - 1
     ) missing (map_index)
     where exists (
       select from present
       where present.dag_run_id = wanted.dag_run_id and present.task_id = wanted.task_id
         and (present.map_index >= 0 or present.state = 'none')
     )
     and not exists (
       select from present
       where present.dag_run_id = wanted.dag_run_id and present.task_id = wanted.task_id and present.map_index = missing.map_index
     )
     order by missing.map_index
   )
   select ${TASK_EVENT_COLUMNS}
   from (
     select * from first
     union all select * from vanished
     union all select * from reset
   ) ti
   join polyflow.dag_run run using (dag_run_id)`,
);

/** Gives mapped tasks their instances; see TaskExpansion. */
export async function expandTasks(
  transaction: Transaction,
  options: { readonly term: LeaderTerm; readonly expansions: readonly TaskExpansion[]; readonly now: Date },
): Promise<readonly TaskEventRow[]> {
  const wanted = options.expansions.flatMap(({ taskIds, ...expansion }) => taskIds.map((taskId) => ({ ...expansion, taskId })));
  if (wanted.length === 0) return [];
  return transaction.query<TaskEventRow>(EXPAND_TASKS, [
    ...termValues(options.term),
    wanted.map((row) => row.runKey),
    wanted.map((row) => row.taskId),
    wanted.map((row) => row.length),
    wanted.map((row) => row.to),
    options.now,
  ]);
}
