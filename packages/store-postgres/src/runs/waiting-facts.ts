import type { TaskInstanceRef, WaitingFactsRecord } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/** Parameters: DAG id, run id, task id, map index. Result: one row when there is such a task instance. Reads what is active, never history. */
const WAITING_FACTS = statement(
  "waiting_facts",
  `with occupied as materialized (
     select dag_run_id, pool, pool_slots from polyflow.task_instance where state in ('queued', 'running', 'restarting')
   )
   select (select count(*) from polyflow.dag_run active where active.dag_id = $1 and active.state = 'running') as "activeRunsOfDag",
          (select count(*) from occupied where occupied.dag_run_id = ti.dag_run_id) as "activeTasksOfRun",
          (select count(*) from occupied) as "activeTasks", pool.name as "poolName", pool.slots as "poolSlots",
          (select coalesce(sum(occupied.pool_slots), 0)::integer from occupied where occupied.pool = ti.pool) as "poolOccupied"
   from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id) left join polyflow.pool on pool.name = ti.pool
   where run.dag_id = $1 and run.run_id = $2 and ti.task_id = $3 and ti.map_index = $4`,
);

interface Row {
  readonly activeRunsOfDag: number;
  readonly activeTasksOfRun: number;
  readonly activeTasks: number;
  readonly poolName: string | null;
  readonly poolSlots: number | null;
  readonly poolOccupied: number;
}

export async function waitingFacts({ database }: StoreContext, ref: TaskInstanceRef): Promise<WaitingFactsRecord | undefined> {
  const row = await database.queryOne<{ readonly [Column in keyof Row]: Row[Column] }>(WAITING_FACTS, [
    ref.dagId,
    ref.runId,
    ref.taskId,
    ref.mapIndex,
  ]);
  if (row === undefined) return undefined;
  const { poolName, poolSlots, poolOccupied, ...counts } = row;
  const pool = poolName === null || poolSlots === null ? undefined : { name: poolName, slots: poolSlots, occupied: poolOccupied };
  return { ...counts, pool };
}
