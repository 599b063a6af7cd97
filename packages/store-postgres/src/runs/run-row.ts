import type { ChangeEvent, DagRunKey, DagRunState } from "@polyflow/contracts";
import type { DagRunRecord, TaskInstanceRecord } from "@polyflow/store";

/** Columns of `dag_run` (as `run`) and its version (`version`); the names are those of DagRunRecord. */
export const RUN_COLUMNS = `
  run.dag_run_id as "runKey", run.dag_id as "dagId", run.run_id as "runId", run.run_type as "runType", run.state,
  run.logical_date as "logicalDate", run.data_interval_start as "dataIntervalStart", run.data_interval_end as "dataIntervalEnd",
  run.run_after as "runAfter", run.queued_at as "queuedAt", run.start_date as "startDate", run.end_date as "endDate", run.conf, run.note,
  run.triggered_by as "triggeredBy", run.triggering_user as "triggeringUser", run.backfill_id as "backfillId", run.dag_version_id as "versionId",
  version.version_number as "versionNumber"`;

export const RUN_TABLES = `polyflow.dag_run run join polyflow.dag_version version using (dag_version_id)`;

export type RunRow = { readonly [Column in keyof DagRunRecord]: DagRunRecord[Column] };

/** Columns of `task_instance` (as `ti`) and its run (`run`); the names are those of TaskInstanceRecord. */
export const TASK_INSTANCE_COLUMNS = `
  ti.task_instance_id as "taskInstanceId", ti.dag_run_id as "runKey", run.dag_id as "dagId", run.run_id as "runId",
  ti.task_id as "taskId", ti.map_index as "mapIndex", ti.state, ti.try_number as "tryNumber", ti.max_tries as "maxTries", ti.operator,
  ti.pool, ti.pool_slots as "poolSlots", ti.queue, ti.priority_weight as "priorityWeight", ti.scheduled_at as "scheduledAt",
  ti.queued_at as "queuedAt", ti.start_date as "startDate", ti.end_date as "endDate", ti.next_retry_at as "nextRetryAt", ti.hostname,
  ti.note, ti.reason, ti.map_name as "mapName"`;

export type TaskInstanceRow = { readonly [Column in keyof TaskInstanceRecord]: TaskInstanceRecord[Column] };

/** What an event about a task instance is made of. */
export type TaskEventRow = Pick<
  TaskInstanceRecord,
  "taskInstanceId" | "runKey" | "dagId" | "runId" | "taskId" | "mapIndex" | "tryNumber" | "state"
>;

/** Columns of TaskEventRow from `ti` and `run`. */
export const TASK_EVENT_COLUMNS = `
  ti.task_instance_id as "taskInstanceId", ti.dag_run_id as "runKey", run.dag_id as "dagId", run.run_id as "runId",
  ti.task_id as "taskId", ti.map_index as "mapIndex", ti.try_number as "tryNumber", ti.state`;

export function taskEvent(row: TaskEventRow): ChangeEvent {
  return {
    kind: "task_instance",
    dagId: row.dagId,
    runId: row.runId,
    runKey: row.runKey,
    taskInstanceId: row.taskInstanceId,
    taskId: row.taskId,
    mapIndex: row.mapIndex,
    tryNumber: row.tryNumber,
    state: row.state,
  };
}

/** What an event about a run is made of. */
export type RunEventRow = { readonly dagId: string; readonly runId: string; readonly runKey: DagRunKey; readonly state: DagRunState };

/** Columns of RunEventRow from `run`. */
export const RUN_EVENT_COLUMNS = `run.dag_id as "dagId", run.run_id as "runId", run.dag_run_id as "runKey", run.state`;

export function runEvent(row: RunEventRow): ChangeEvent {
  return { kind: "run", dagId: row.dagId, runId: row.runId, runKey: row.runKey, state: row.state };
}
