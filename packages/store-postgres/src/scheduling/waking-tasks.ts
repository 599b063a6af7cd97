/**
 * Task instances `ti` with their `run` and `dag`, for what is sought by `ti.next_retry_at`: the lateral joins keep the few that wait for an instant
 * first, where a plan made from little knowledge would walk over all running runs.
 */
export const WAKING_TASKS = `polyflow.task_instance ti
  cross join lateral (select dag_id, state from polyflow.dag_run where dag_run.dag_run_id = ti.dag_run_id limit 1) run
  cross join lateral (select is_paused from polyflow.dag where dag.dag_id = run.dag_id limit 1) dag`;
