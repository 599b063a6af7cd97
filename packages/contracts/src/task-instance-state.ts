/** States of a task instance; names and meanings as in Airflow. The transition table is in `lifecycle`. */
export const TASK_INSTANCE_STATES = [
  "none",
  "scheduled",
  "queued",
  "running",
  "success",
  "restarting",
  "failed",
  "up_for_retry",
  "up_for_reschedule",
  "upstream_failed",
  "skipped",
  "deferred",
  "removed",
] as const;
export type TaskInstanceState = (typeof TASK_INSTANCE_STATES)[number];

/** States that only an audited action of a user leaves. */
export const FINISHED_TASK_STATES = ["success", "failed", "skipped", "upstream_failed", "removed"] as const;
export type FinishedTaskState = (typeof FINISHED_TASK_STATES)[number];

export function isFinishedTaskState(state: TaskInstanceState): state is FinishedTaskState {
  return (FINISHED_TASK_STATES as readonly string[]).includes(state);
}

/** All states, what most needs a look first: several instances in one place show the first of theirs. */
export const TASK_STATES_BY_URGENCY = [
  "failed",
  "upstream_failed",
  "up_for_retry",
  "running",
  "restarting",
  "queued",
  "scheduled",
  "deferred",
  "up_for_reschedule",
  "success",
  "skipped",
  "removed",
  "none",
] as const satisfies readonly TaskInstanceState[];
