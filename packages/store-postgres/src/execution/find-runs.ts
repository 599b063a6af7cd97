import type { FoundRunRecord, RunQuery } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/** Parameters: DAG id, run id or null, logical dates or null, task ids. Result: the runs with counts of their tasks' states. Locks: none. */
const FIND_RUNS = statement(
  "find_runs",
  `select run.run_id as "runId", run.logical_date as "logicalDate", run.state,
          coalesce((
            select json_object_agg(counted.task_id, counted.states)
            from (
              select each.task_id, json_object_agg(each.state, each.instances) as states
              from (
                select ti.task_id, ti.state, count(*) as instances from polyflow.task_instance ti
                where ti.dag_run_id = run.dag_run_id and ti.task_id = any($4::text[])
                group by ti.task_id, ti.state
              ) each
              group by each.task_id
            ) counted
          ), '{}') as tasks
   from polyflow.dag_run run
   where run.dag_id = $1 and ($2::text is null or run.run_id = $2) and ($3::timestamptz[] is null or run.logical_date = any($3))
   order by run.logical_date, run.run_id
   limit 1000`,
);

type FoundRow = { readonly [Column in keyof FoundRunRecord]: FoundRunRecord[Column] };

/** See ExecutionStore.findRuns. */
export function findRuns({ database }: StoreContext, query: RunQuery): Promise<readonly FoundRunRecord[]> {
  const { dagId, runId, logicalDates, taskIds } = query;
  return database.query<FoundRow>(FIND_RUNS, [dagId, runId ?? null, logicalDates ?? null, taskIds]);
}
