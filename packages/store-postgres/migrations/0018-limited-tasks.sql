-- compatible
-- The few tasks that have limits of their own are found without a look at all tasks of their DAGs, each time something is queued.
create index dag_version_task_limited on polyflow.dag_version_task (dag_version_id)
  where max_active_per_dag is not null or max_active_per_run is not null;
