import type { PastFacts, PastFactsRequest } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/**
 * Parameters: run keys, task ids, whether manual runs are passed over, the earliest logical date that counts or null (arrays of equal
 * length). Result: one row for each whose run has a previous one. Locks: none.
 *
 * The previous run is found at the end of the unique index on (dag_id, logical_date). Only for a task that it lacks are earlier runs searched.
 */
const LOAD_PAST_FACTS = statement(
  "load_past_facts",
  `select wanted.dag_run_id as "runKey", wanted.task_id as "taskId", previous.dag_run_id as "previousRunKey",
          previous.run_id as "previousRunId", past.states,
          cardinality(past.states) > 0 or exists (
            select from polyflow.dag_run earlier join polyflow.dag_version_task task using (dag_version_id)
            where earlier.dag_id = run.dag_id and earlier.logical_date < run.logical_date and task.task_id = wanted.task_id
          ) as "hadInstances"
   from unnest($1::uuid[], $2::text[], $3::boolean[], $4::timestamptz[]) wanted (dag_run_id, task_id, skips_manual_runs, since)
   join polyflow.dag_run run using (dag_run_id)
   cross join lateral (
     select earlier.dag_run_id, earlier.run_id, earlier.logical_date from polyflow.dag_run earlier
     where earlier.dag_id = run.dag_id and earlier.logical_date < run.logical_date
       and not (wanted.skips_manual_runs and earlier.run_type = 'manual')
     order by earlier.logical_date desc
     limit 1
   ) previous
   cross join lateral (
     select array(
       select ti.state from polyflow.task_instance ti
       where ti.dag_run_id = previous.dag_run_id and ti.task_id = wanted.task_id
       order by ti.map_index
     ) as states
   ) past
   where wanted.since is null or previous.logical_date >= wanted.since`,
);

type PastRow = { readonly [Column in keyof PastFacts]: PastFacts[Column] };

/** See SchedulerStore.loadPastFacts. */
export function loadPastFacts({ database }: StoreContext, requests: readonly PastFactsRequest[]): Promise<readonly PastFacts[]> {
  const wanted = requests.flatMap((request) => request.taskIds.map((taskId) => ({ ...request, taskId })));
  return database.query<PastRow>(LOAD_PAST_FACTS, [
    wanted.map((row) => row.runKey),
    wanted.map((row) => row.taskId),
    wanted.map((row) => row.skipsManualRuns),
    wanted.map((row) => row.since),
  ]);
}
