-- compatible
-- The list of all task instances in a state that is seldom reads them from here, however many others there are. A task that succeeds never
-- stands here, so that the usual way of a task pays nothing for it.
create index task_instance_seldom on polyflow.task_instance (state, run_after desc, dag_run_id, task_id, map_index)
  where state in ('failed', 'skipped', 'upstream_failed', 'removed');
