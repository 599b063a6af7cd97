/** Runs of a DAG `dag` that count against its limit. */
export const UNFINISHED_RUNS = `(
  select count(*) from polyflow.dag_run run where run.dag_id = dag.dag_id and run.state in ('queued', 'running') and run.backfill_id is null
)`;

export const HAS_ROOM = `${UNFINISHED_RUNS} < dag.max_active_runs`;

export const MAY_RUN = `dag.is_active and not dag.is_paused`;
