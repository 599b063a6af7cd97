import type { TaskInstanceRef, WaitingFactsRecord } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/** Parameters: DAG id, run id, task id, map index. Result: one row when there is such a task instance. Reads what is active, never history. */
const WAITING_FACTS = statement(
  "waiting_facts",
  `with occupied as materialized (
     select ti.dag_run_id, ti.task_id, ti.pool, ti.pool_slots, run.dag_id, run.run_id
     from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id)
     where ti.state in ('queued', 'running', 'restarting')
     union all
     select ti.dag_run_id, ti.task_id, ti.pool, ti.pool_slots, run.dag_id, run.run_id
     from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id) join polyflow.pool on pool.name = ti.pool
     where ti.state = 'deferred' and pool.include_deferred
   ),
   active as materialized (
     select run.dag_id, ti.dag_run_id, ti.task_id
     from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id)
     where ti.state in ('queued', 'running', 'restarting')
   )
   select (select count(*) from polyflow.dag_run running where running.dag_id = $1 and running.state = 'running') as "activeRunsOfDag",
          (select count(*) from active where active.dag_run_id = ti.dag_run_id) as "activeTasksOfRun",
          (select count(*) from active where active.dag_id = $1) as "activeTasksOfDag",
          (select count(*) from active where active.dag_id = $1 and active.task_id = $3) as "activeOfTask",
          (select count(*) from active where active.dag_run_id = ti.dag_run_id and active.task_id = $3) as "activeOfTaskInRun",
          (select count(*) from active) as "activeTasks", pool.name as "poolName", pool.slots as "poolSlots",
          (select coalesce(sum(occupied.pool_slots), 0)::integer from occupied where occupied.pool = ti.pool) as "poolOccupied",
          (
            select json_agg(json_build_object('dagId', dag_id, 'runId', run_id, 'taskId', task_id, 'slots', slots))
            from (
              select dag_id, run_id, task_id, sum(pool_slots)::integer as slots from occupied where occupied.pool = ti.pool
              group by dag_id, run_id, task_id
              order by slots desc, dag_id, run_id, task_id
              limit 5
            ) holder
          ) as "poolHolders"
   from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id) left join polyflow.pool on pool.name = ti.pool
   where run.dag_id = $1 and run.run_id = $2 and ti.task_id = $3 and ti.map_index = $4`,
);

interface Row extends Omit<WaitingFactsRecord, "pool"> {
  readonly poolName: string | null;
  readonly poolSlots: number | null;
  readonly poolOccupied: number;
  readonly poolHolders: NonNullable<WaitingFactsRecord["pool"]>["holders"] | null;
}

export async function waitingFacts({ database }: StoreContext, ref: TaskInstanceRef): Promise<WaitingFactsRecord | undefined> {
  const row = await database.queryOne<{ readonly [Column in keyof Row]: Row[Column] }>(WAITING_FACTS, [
    ref.dagId,
    ref.runId,
    ref.taskId,
    ref.mapIndex,
  ]);
  if (row === undefined) return undefined;
  const { poolName, poolSlots, poolOccupied, poolHolders, ...counts } = row;
  if (poolName === null || poolSlots === null) return { ...counts, pool: undefined };
  return { ...counts, pool: { name: poolName, slots: poolSlots, occupied: poolOccupied, holders: poolHolders ?? [] } };
}
