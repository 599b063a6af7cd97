-- compatible
-- Functions of authors that are called when something has become of a task or a run, as work of their own for workers.

-- How many functions there are for each kind; null: none.
alter table polyflow.dag_version add column callbacks json;
alter table polyflow.dag_version_task add column callbacks json;
alter table polyflow.dag_version_deadline add column callbacks integer not null default 0;

-- Copied from the version, so that what has no callbacks costs nothing.
alter table polyflow.dag_run add column has_callbacks boolean not null default false;
alter table polyflow.task_instance add column has_callbacks boolean not null default false;

create table polyflow.callback (
  callback_id uuid primary key default gen_random_uuid(),
  dag_run_id uuid not null references polyflow.dag_run on delete cascade,
  -- Null: it is about the run.
  task_instance_id uuid references polyflow.task_instance on delete cascade,
  -- Where its function is found: that of the run when it happened. No foreign key, as in dag_run.
  dag_version_id uuid not null,
  kind text not null check (kind in ('execute', 'success', 'failure', 'retry', 'skipped', 'deadline')),
  function integer not null check (function >= 0),
  -- What happened.
  deadline text,
  try_number integer not null,
  cause_state text not null,
  error text,
  caused_at timestamptz not null,
  -- What became of the callback.
  state text not null default 'scheduled' check (state in ('scheduled', 'running', 'success', 'failed')),
  attempt_id uuid,
  -- Attempts so far; of these those that failed and those that infrastructure lost.
  attempts integer not null default 0,
  failures integer not null default 0,
  losses integer not null default 0,
  due_at timestamptz not null,
  worker_session_id uuid,
  hostname text,
  start_date timestamptz,
  end_date timestamptz,
  reason text,
  check ((kind = 'deadline') = (deadline is not null)),
  check ((state = 'running') = (worker_session_id is not null)),
  check (state <> 'running' or (attempt_id is not null and start_date is not null)),
  check ((state in ('success', 'failed')) = (end_date is not null))
) with (fillfactor = 70);
create index callback_open on polyflow.callback (due_at) where state in ('scheduled', 'running');
create index callback_of_run on polyflow.callback (dag_run_id, caused_at);
create index callback_of_task on polyflow.callback (task_instance_id) where task_instance_id is not null;
create unique index callback_attempt on polyflow.callback (attempt_id) where attempt_id is not null;
create index callback_newest on polyflow.callback (caused_at desc, callback_id);

-- Which change of state calls what. The same table is in the code that decides transitions, and a test compares the two.
create table polyflow.callback_cause (
  subject text not null check (subject in ('task', 'run')),
  from_state text not null,
  to_state text not null,
  kind text not null,
  primary key (subject, from_state, to_state)
);
insert into polyflow.callback_cause (subject, from_state, to_state, kind) values
  ('task', 'none', 'failed', 'failure'),
  ('task', 'queued', 'running', 'execute'),
  ('task', 'running', 'success', 'success'),
  ('task', 'running', 'skipped', 'skipped'),
  ('task', 'running', 'failed', 'failure'),
  ('task', 'running', 'up_for_retry', 'retry'),
  ('task', 'restarting', 'failed', 'failure'),
  ('task', 'restarting', 'success', 'success'),
  ('task', 'up_for_retry', 'success', 'success'),
  ('task', 'up_for_reschedule', 'success', 'success'),
  ('task', 'deferred', 'success', 'success'),
  ('task', 'scheduled', 'failed', 'failure'),
  ('task', 'queued', 'failed', 'failure'),
  ('task', 'up_for_retry', 'failed', 'failure'),
  ('task', 'up_for_reschedule', 'failed', 'failure'),
  ('task', 'deferred', 'failed', 'failure'),
  ('run', 'running', 'success', 'success'),
  ('run', 'running', 'failed', 'failure'),
  ('run', 'queued', 'success', 'success'),
  ('run', 'queued', 'failed', 'failure');

-- Every path on which a state changes passes here, in its own transaction: no change is forgotten and none costs a statement more.
create function polyflow.note_task_callbacks() returns trigger language plpgsql as $$
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
  where cause.subject = 'task' and cause.from_state = old.state and cause.to_state = new.state
    -- That a wait goes on begins no try.
    and not (cause.kind = 'execute' and new.waited_since is not null);
  return null;
end $$;
create trigger task_callbacks after update of state on polyflow.task_instance
  for each row when (new.has_callbacks and old.state <> new.state) execute function polyflow.note_task_callbacks();

create function polyflow.note_run_callbacks() returns trigger language plpgsql as $$
begin
  insert into polyflow.callback (dag_run_id, dag_version_id, kind, function, try_number, cause_state, caused_at, due_at)
  select new.dag_run_id, new.dag_version_id, cause.kind, called.index, 0, new.state, new.end_date, new.end_date
  from polyflow.callback_cause cause
  join polyflow.dag_version version on version.dag_version_id = new.dag_version_id
  cross join lateral generate_series(0, (version.callbacks ->> cause.kind)::integer - 1) called (index)
  where cause.subject = 'run' and cause.from_state = old.state and cause.to_state = new.state;
  return null;
end $$;
create trigger run_callbacks after update of state on polyflow.dag_run
  for each row when (new.has_callbacks and old.state <> new.state) execute function polyflow.note_run_callbacks();
