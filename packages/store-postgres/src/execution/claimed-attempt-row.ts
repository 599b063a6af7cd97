import type { AssetEvent, DagVersionId } from "@polyflow/contracts";
import type { ClaimedAttempt } from "@polyflow/store";
import { TRIGGERING_EVENTS } from "../assets/asset-event-row.ts";

/** Columns of a claimed attempt from `ti`, `run`, `version` and `wait` (which may be missing); of one that is only queued its inputs are null. */
export const CLAIMED_ATTEMPT_COLUMNS = `
  ti.attempt_id as "attemptId", ti.task_instance_id as "taskInstanceId", ti.dag_run_id as "runKey", ti.task_id as "taskId",
  ti.map_index as "mapIndex", ti.try_number as "tryNumber", ti.max_tries as "maxTries",
  run.dag_id as "dagId", run.run_id as "runId", run.run_type as "runType", run.logical_date as "logicalDate",
  run.data_interval_start as "dataIntervalStart", run.data_interval_end as "dataIntervalEnd", run.run_after as "runAfter",
  run.conf, version.dag_version_id as "versionId", version.bundle_hash as "bundleHash", version.bundle_name as "bundleName",
  version.isolation,
  case when run.run_type = 'asset_triggered' and ti.state not in ('queued', 'scheduled') then (${TRIGGERING_EVENTS}) end as "triggeringAssetEvents",
  wait.began_at as "waitBeganAt", wait.waits, wait.trigger as "waitTrigger", wait.state as "waitState",
  wait.timeout_at as "waitTimeoutAt", wait.event as "waitEvent",
  run.clear_number as "clearNumber",
  case when ti.state not in ('queued', 'scheduled') then (
    select json_object_agg(input.task_id, output.value)
    from polyflow.dag_version_task task
    cross join lateral unnest(task.input_task_ids) input (task_id)
    cross join lateral (
      select case
               when input.task_id = any(task.same_index_task_ids) then (array_agg(xcom.value) filter (where xcom.key is not null))[1]
               when bool_or(upstream.map_index >= 0)
                 then coalesce(json_agg(xcom.value order by upstream.map_index) filter (where xcom.key is not null), '[]')
               else (array_agg(xcom.value) filter (where xcom.key is not null))[1]
             end as value
      from polyflow.task_instance upstream
      left join polyflow.xcom on xcom.task_instance_id = upstream.task_instance_id and xcom.key = 'return_value'
      where upstream.dag_run_id = ti.dag_run_id and upstream.task_id = input.task_id
        and (task.same_index_task_ids is null or input.task_id <> all(task.same_index_task_ids) or upstream.map_index in (-1, ti.map_index))
    ) output
    where task.dag_version_id = run.dag_version_id and task.task_id = ti.task_id and output.value is not null
  ) end as "upstreamOutputs"`;

type Wait = NonNullable<ClaimedAttempt["wait"]>;

/** A row of these columns. */
export type ClaimedAttemptRow = Omit<ClaimedAttempt, "spec" | "upstreamOutputs" | "mapOutputs" | "wait" | "triggeringAssetEvents"> & {
  readonly clearNumber: number;
  readonly triggeringAssetEvents: readonly AssetEvent[] | null;
  readonly versionId: DagVersionId;
  readonly upstreamOutputs: ClaimedAttempt["upstreamOutputs"] | null;
  readonly waitBeganAt: Date | null;
  readonly waits: number | null;
  readonly waitTrigger: Wait["trigger"];
  readonly waitState: Wait["state"];
  readonly waitTimeoutAt: Date | null;
  readonly waitEvent: Wait["event"];
};
