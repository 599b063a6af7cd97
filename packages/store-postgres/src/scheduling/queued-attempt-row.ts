import type { QueuedAttempt } from "@polyflow/store";

export type QueuedAttemptRow = { readonly [Column in keyof QueuedAttempt]: QueuedAttempt[Column] };

/** Columns of QueuedAttempt from `ti`, `run` and `version`. */
export const QUEUED_ATTEMPT_COLUMNS = `
  ti.attempt_id as "attemptId", ti.task_instance_id as "taskInstanceId", run.dag_id as "dagId", run.run_id as "runId",
  ti.task_id as "taskId", ti.map_index as "mapIndex", ti.try_number as "tryNumber", ti.queue, ti.priority_weight as "priorityWeight",
  version.bundle_hash as "bundleHash", version.isolation`;
