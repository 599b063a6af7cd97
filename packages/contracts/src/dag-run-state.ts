export const DAG_RUN_STATES = ["queued", "running", "success", "failed"] as const;
export type DagRunState = (typeof DAG_RUN_STATES)[number];

export const FINISHED_RUN_STATES = ["success", "failed"] as const;
export type FinishedRunState = (typeof FINISHED_RUN_STATES)[number];

export const DAG_RUN_TYPES = ["manual", "scheduled", "backfill", "asset_triggered"] as const;
export type DagRunType = (typeof DAG_RUN_TYPES)[number];

/** Who asked for a run (Airflow's `triggered_by`). */
export const TRIGGERED_BY = ["cli", "operator", "rest_api", "ui", "test", "timetable", "asset", "backfill"] as const;
export type TriggeredBy = (typeof TRIGGERED_BY)[number];

export function isFinishedRunState(state: DagRunState): state is FinishedRunState {
  return (FINISHED_RUN_STATES as readonly string[]).includes(state);
}
