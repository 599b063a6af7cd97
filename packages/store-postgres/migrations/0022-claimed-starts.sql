-- compatible
-- An attempt that a worker has a slot for begins in the statement that queues it: no row is ever seen `queued` then. That is a begin as any
-- other, for callbacks as for lineage.
create or replace function polyflow.note_task_callbacks() returns trigger language plpgsql as $$
begin
  insert into polyflow.callback (
    dag_run_id, task_instance_id, dag_version_id, kind, function, try_number, cause_state, error, caused_at, due_at
  )
  select new.dag_run_id, new.task_instance_id, run.dag_version_id, cause.kind, called.index, new.try_number, new.state, new.reason,
         happened.at, happened.at
  from polyflow.callback_cause cause
  join polyflow.dag_run run on run.dag_run_id = new.dag_run_id
  join polyflow.dag_version_task task on task.dag_version_id = run.dag_version_id and task.task_id = new.task_id
  cross join lateral generate_series(0, (task.callbacks ->> cause.kind)::integer - 1) called (index)
  cross join lateral (select coalesce(new.end_date, new.start_date, now()) as at) happened
  where cause.subject = 'task' and cause.to_state = new.state
    and cause.from_state = case when new.state = 'running' then 'queued' else old.state end
    -- That a wait goes on begins no try.
    and not (cause.kind = 'execute' and new.waited_since is not null);
  return null;
end $$;

-- Made anew, with the changes it is for, by the next start where lineage is told.
drop trigger if exists task_lineage on polyflow.task_instance;
