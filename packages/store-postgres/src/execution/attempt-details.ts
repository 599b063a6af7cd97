import type { AttemptId, DagVersionId } from "@polyflow/contracts";
import type { AttemptDetailsRecord } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/**
 * Parameters: attempt. Result: what is known of its task instance (none for a callback of a run) and its run, and the newest successful run
 * before; no row when the attempt is not at work. Locks: none.
 */
const ATTEMPT_DETAILS = statement(
  "attempt_details",
  `select run.dag_id as "dagId", run.dag_version_id as "versionId", run.queued_at as "queuedAt", run.start_date as "runStartDate",
          ti.task_id as "taskId", ti.max_tries as "maxTries", ti.hostname, ti.start_date as "startDate",
          (
            select count(*) from polyflow.task_instance other
            where other.dag_run_id = run.dag_run_id and other.task_id = ti.task_id and other.map_index >= 0 and other.state <> 'removed'
          ) as instances,
          to_jsonb(previous) as "previousSuccess"
   from (
     select dag_run_id, task_instance_id from polyflow.task_instance where attempt_id = $1 and state in ('running', 'deferred')
     union all
     select dag_run_id, task_instance_id from polyflow.callback where attempt_id = $1 and state = 'running'
   ) attempt
   join polyflow.dag_run run using (dag_run_id)
   left join polyflow.task_instance ti on ti.task_instance_id = attempt.task_instance_id
   left join lateral (
     select before.run_id as "runId", before.logical_date as "logicalDate", before.data_interval_start as "dataIntervalStart",
            before.data_interval_end as "dataIntervalEnd", before.start_date as "startDate", before.end_date as "endDate"
     from polyflow.dag_run before
     where before.dag_id = run.dag_id and before.state = 'success' and before.logical_date < run.logical_date
     order by before.logical_date desc
     limit 1
   ) previous on true`,
);

interface DetailsRow extends Omit<AttemptDetailsRecord, "spec"> {
  readonly versionId: DagVersionId;
}

/** See ExecutionStore.getAttemptDetails. */
export async function getAttemptDetails(context: StoreContext, attemptId: AttemptId): Promise<AttemptDetailsRecord | undefined> {
  const row = await context.database.queryOne<{ [Column in keyof DetailsRow]: DetailsRow[Column] }>(ATTEMPT_DETAILS, [attemptId]);
  if (row === undefined) return undefined;
  const { versionId, ...columns } = row;
  return { ...columns, spec: await context.specs.require(versionId) };
}
