import type { JsonObject } from "@polyflow/contracts";
import type { DagRunRecord, TaskInstanceRecord, TaskTryRecord, XComRecord } from "@polyflow/store";
import type { VersionFacts } from "../../records/run-versions.ts";
import type { DagRunAnswer, TaskInstanceAnswer, TaskTryAnswer, XComAnswer } from "../schemas/run-schemas.ts";
import { versionView } from "./dag-view.ts";

export function runView(run: DagRunRecord, version: VersionFacts | undefined): DagRunAnswer {
  return {
    dag_run_id: run.runId,
    dag_id: run.dagId,
    dag_display_name: version?.displayName ?? run.dagId,
    logical_date: run.logicalDate?.toISOString() ?? null,
    queued_at: run.queuedAt.toISOString(),
    start_date: run.startDate?.toISOString() ?? null,
    end_date: run.endDate?.toISOString() ?? null,
    duration: seconds(run.startDate, run.endDate),
    data_interval_start: run.dataIntervalStart?.toISOString() ?? null,
    data_interval_end: run.dataIntervalEnd?.toISOString() ?? null,
    run_after: run.runAfter.toISOString(),
    last_scheduling_decision: null,
    run_type: run.runType,
    state: run.state,
    triggered_by: run.triggeredBy,
    triggering_user_name: run.triggeringUser,
    conf: { ...run.conf },
    note: run.note,
    dag_versions: version === undefined ? [] : [versionView(version)],
    bundle_version: null,
    partition_key: null,
  };
}

/** `renderedFields` is left out of lists, as it is large. */
export function taskInstanceView(
  instance: TaskInstanceRecord,
  run: DagRunRecord,
  { version, renderedFields = {} }: { readonly version: VersionFacts | undefined; readonly renderedFields?: JsonObject | undefined },
): TaskInstanceAnswer {
  return {
    ...tryView(instance, instance, version),
    id: instance.taskInstanceId,
    logical_date: run.logicalDate?.toISOString() ?? null,
    run_after: run.runAfter.toISOString(),
    note: instance.note,
    rendered_map_index: instance.mapName,
    rendered_fields: { ...renderedFields },
    trigger: null,
    triggerer_job: null,
  };
}

/** One try of a task instance: an ended one of its history, or the instance itself as its newest. */
export function tryView(attempt: TaskTryRecord, instance: TaskInstanceRecord, version: VersionFacts | undefined): TaskTryAnswer {
  return {
    task_id: instance.taskId,
    task_display_name: version?.taskNames.get(instance.taskId) ?? instance.taskId,
    dag_id: instance.dagId,
    dag_display_name: version?.displayName ?? instance.dagId,
    dag_run_id: instance.runId,
    map_index: instance.mapIndex,
    start_date: isoOrNull(attempt.startDate),
    end_date: isoOrNull(attempt.endDate),
    duration: seconds(attempt.startDate, attempt.endDate),
    // Airflow's word for a task instance without a state is null.
    state: attempt.state === "none" ? null : attempt.state,
    try_number: attempt.tryNumber,
    max_tries: instance.maxTries,
    hostname: attempt.hostname,
    unixname: null,
    pool: instance.pool,
    pool_slots: instance.poolSlots,
    queue: instance.queue,
    priority_weight: instance.priorityWeight,
    operator: instance.operator,
    operator_name: instance.operator,
    queued_when: isoOrNull(attempt.queuedAt),
    // Only of the newest try is it known when it was scheduled.
    scheduled_when: isoOrNull(attempt === instance ? instance.scheduledAt : null),
    pid: null,
    executor: null,
    executor_config: "{}",
    dag_version: version === undefined ? null : versionView(version),
  };
}

export function xcomView(
  entry: XComRecord,
  instance: TaskInstanceRecord,
  facts: { readonly run: DagRunRecord; readonly version: VersionFacts | undefined },
): XComAnswer {
  const { run, version } = facts;
  return {
    key: entry.key,
    timestamp: entry.at.toISOString(),
    logical_date: run.logicalDate?.toISOString() ?? null,
    map_index: instance.mapIndex,
    task_id: instance.taskId,
    task_display_name: version?.taskNames.get(instance.taskId) ?? instance.taskId,
    dag_id: instance.dagId,
    dag_display_name: version?.displayName ?? instance.dagId,
    run_id: instance.runId,
    run_after: run.runAfter.toISOString(),
  };
}

function seconds(from: Date | null, to: Date | null): number | null {
  return from === null || to === null ? null : (to.getTime() - from.getTime()) / 1000;
}

function isoOrNull(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
