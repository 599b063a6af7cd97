import type { UiAuditPage, UiRunPage, UiTaskPage, UiWaitPage, UiXComPage } from "@polyflow/contracts/wire";
import type { AuditRecord, BrowsedTask, BrowsedWait, BrowsedXCom, DagRunRecord } from "@polyflow/store";
import { wireJson } from "../http/wire-json.ts";
import { uiRunSummaryView } from "./dag-view.ts";

export function runRow(run: DagRunRecord): UiRunPage["runs"][number] {
  return {
    ...uiRunSummaryView(run),
    dag_id: run.dagId,
    logical_date: run.logicalDate?.toISOString() ?? null,
    queued_at: run.queuedAt.toISOString(),
    note: run.note,
    triggered_by: run.triggeredBy,
    triggering_user: run.triggeringUser,
    version_number: run.versionNumber,
    has_conf: Object.keys(run.conf).length > 0,
  };
}

export function taskRow(task: BrowsedTask): UiTaskPage["task_instances"][number] {
  return {
    dag_id: task.dagId,
    run_id: task.runId,
    task_id: task.taskId,
    map_index: task.mapIndex,
    state: task.state,
    try_number: task.tryNumber,
    operator: task.operator,
    pool: task.pool,
    queue: task.queue,
    hostname: task.hostname,
    reason: task.reason,
    run_after: task.runAfter.toISOString(),
    start_date: task.startDate?.toISOString() ?? null,
    end_date: task.endDate?.toISOString() ?? null,
  };
}

export function waitRow(wait: BrowsedWait): UiWaitPage["waits"][number] {
  return {
    dag_id: wait.dagId,
    run_id: wait.runId,
    task_id: wait.taskId,
    map_index: wait.mapIndex,
    state: wait.state,
    operator: wait.operator,
    reason: wait.reason,
    since: wait.since.toISOString(),
    waits: wait.waits,
    trigger: wait.trigger,
    wakes_at: wait.nextRetryAt?.toISOString() ?? null,
    timeout_at: wait.timeoutAt?.toISOString() ?? null,
    is_watched: wait.isWatched,
    watcher: wait.watcher,
  };
}

export function xcomRow(entry: BrowsedXCom): UiXComPage["xcoms"][number] {
  return {
    dag_id: entry.dagId,
    run_id: entry.runId,
    task_id: entry.taskId,
    map_index: entry.mapIndex,
    key: entry.key,
    at: entry.at.toISOString(),
  };
}

export function auditRow(row: AuditRecord): UiAuditPage["entries"][number] {
  return {
    id: row.auditId,
    at: row.at.toISOString(),
    user: row.username,
    event: row.event,
    dag_id: row.dagId,
    run_id: row.runId,
    task_id: row.taskId,
    remote_address: row.remoteAddress,
    details: wireJson(row.details),
  };
}
