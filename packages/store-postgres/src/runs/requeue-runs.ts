import type { DagRunKey } from "@polyflow/contracts";
import type { Transaction } from "../database.ts";
import { statement } from "../statement.ts";
import { deadlineStart } from "./deadline-start.ts";

/** Parameters: run keys, now. Finished runs go back to the line; that something was cleared is counted. Locks held: dag_run. */
const REQUEUE_RUNS = statement(
  "requeue_runs",
  `update polyflow.dag_run set
     clear_number = dag_run.clear_number + 1,
     state = case when is_over then 'queued' else dag_run.state end,
     queued_at = case when is_over then $2::timestamptz else queued_at end,
     start_date = case when is_over then null else start_date end,
     timeout_at = case when is_over then null else timeout_at end,
     end_date = null
   from (
     select dag_run_id as key, state in ('success', 'failed') as is_over from polyflow.dag_run where dag_run_id = any($1::uuid[])
   ) former
   where dag_run_id = former.key`,
);

/**
 * Parameters: run keys, now. Deadlines that count from the moment at which a run was queued count anew for those that were queued just now,
 * met and missed ones as well; others stand for an instant that does not move. Locks held: dag_run; then deadline.
 */
const RECOUNT_DEADLINES = statement(
  "recount_deadlines",
  `insert into polyflow.deadline as known (dag_run_id, name, due_at)
   select run.dag_run_id, wanted.name, counted.from_at + wanted.after_ms * interval '1 millisecond'
   from polyflow.dag_run run
   join polyflow.dag_version_deadline wanted using (dag_version_id)
   cross join lateral (select ${deadlineStart({ now: "$2", dagId: "run.dag_id", logicalDate: "run.logical_date" })} as from_at) counted
   where run.dag_run_id = any($1::uuid[]) and run.state = 'queued' and run.queued_at = $2::timestamptz
     and wanted.reference in ('queued_at', 'average_runtime') and counted.from_at is not null
   order by run.dag_run_id, wanted.name
   on conflict (dag_run_id, name) do update set due_at = excluded.due_at, missed_at = null`,
);

/** Puts finished runs back to the line, since tasks of theirs were cleared or marked. Locks held: dag_run. */
export async function requeueRuns(transaction: Transaction, runKeys: readonly DagRunKey[], now: Date): Promise<void> {
  await Promise.all([transaction.query(REQUEUE_RUNS, [runKeys, now]), transaction.query(RECOUNT_DEADLINES, [runKeys, now])]);
}
