import type { AttemptId, DagVersionId, WorkerSessionId } from "@polyflow/contracts";
import type { ClaimedAttempt } from "@polyflow/store";
import { taskEvent } from "../runs/run-row.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";

/**
 * Parameters: attempt, session, now. Result: the attempt with all that its start needs, or no row when it is not queued any more, was
 * superseded, or the session is closed. Locks: task_instance, outbox. A session that closes at the same moment leaves a running attempt
 * of a closed session, which the sweep for lost attempts finds.
 */
const CLAIM_ATTEMPT = statement(
  "claim_attempt",
  `with claimed as (
     update polyflow.task_instance ti
     set state = 'running', start_date = $3::timestamptz, worker_session_id = session.worker_session_id, hostname = session.hostname
     from polyflow.worker_session session
     where ti.attempt_id = $1 and ti.state = 'queued' and session.worker_session_id = $2 and session.closed_at is null
     returning ti.*
   ),
   unqueued as (delete from polyflow.outbox where attempt_id = (select attempt_id from claimed))
   select ti.attempt_id as "attemptId", ti.task_instance_id as "taskInstanceId", ti.dag_run_id as "runKey", ti.task_id as "taskId",
          ti.map_index as "mapIndex", ti.try_number as "tryNumber", ti.max_tries as "maxTries",
          run.dag_id as "dagId", run.run_id as "runId", run.run_type as "runType", run.logical_date as "logicalDate",
          run.data_interval_start as "dataIntervalStart", run.data_interval_end as "dataIntervalEnd", run.run_after as "runAfter",
          run.conf, version.dag_version_id as "versionId", version.bundle_hash as "bundleHash", version.bundle_name as "bundleName",
          version.isolation,
          (
            select json_object_agg(input.task_id, xcom.value)
            from polyflow.dag_version_task task
            cross join lateral unnest(task.input_task_ids) input (task_id)
            join polyflow.task_instance upstream
              on upstream.dag_run_id = ti.dag_run_id and upstream.task_id = input.task_id and upstream.map_index = -1
            join polyflow.xcom on xcom.task_instance_id = upstream.task_instance_id and xcom.key = 'return_value'
            where task.dag_version_id = run.dag_version_id and task.task_id = ti.task_id
          ) as "upstreamOutputs"
   from claimed ti
   join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id
   join polyflow.dag_version version on version.dag_version_id = run.dag_version_id`,
);

type ClaimRow = Omit<ClaimedAttempt, "spec" | "upstreamOutputs"> & {
  readonly versionId: DagVersionId;
  readonly upstreamOutputs: ClaimedAttempt["upstreamOutputs"] | null;
};

/** See ExecutionStore.claimAttempt. */
export async function claimAttempt(
  context: StoreContext,
  attemptId: AttemptId,
  sessionId: WorkerSessionId,
): Promise<ClaimedAttempt | undefined> {
  const row = await context.database.queryOne<ClaimRow>(CLAIM_ATTEMPT, [attemptId, sessionId, nowOf(context)]);
  if (row === undefined) return undefined;
  context.feed.emit([taskEvent({ ...row, state: "running" })]);
  const { versionId, upstreamOutputs, ...columns } = row;
  const spec = await context.specs.require(versionId);
  return { ...columns, spec, upstreamOutputs: upstreamOutputs ?? {} };
}
