-- compatible
-- Tasks that wait outside of a process: rescheduled ones for a time, deferred ones for a trigger.

-- Start of the first attempt of a try that goes on in further attempts; null while a try consists of one.
alter table polyflow.task_instance add column waited_since timestamptz;

-- next_retry_at is the time at which the scheduler wakes a task instance, whatever it waits for. A deferred one may have none.
do $$
declare name text;
begin
  select conname into strict name from pg_constraint
  where conrelid = 'polyflow.task_instance'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%next_retry_at%';
  execute format('alter table polyflow.task_instance drop constraint %I', name);
end $$;
alter table polyflow.task_instance
  add constraint task_instance_wakes check (state not in ('up_for_retry', 'up_for_reschedule') or next_retry_at is not null),
  add constraint task_instance_wakes_not check (state in ('up_for_retry', 'up_for_reschedule', 'deferred') or next_retry_at is null);
drop index polyflow.task_instance_retry;
create index task_instance_wake on polyflow.task_instance (next_retry_at) where next_retry_at is not null;

-- What task instances have waited for since they were last cleared; one row for each that ever waited.
create table polyflow.task_wait (
  task_instance_id uuid primary key references polyflow.task_instance on delete cascade,
  -- When the first of the attempts that waited began; the time limit of a sensor counts from here, over all tries.
  began_at timestamptz not null,
  waits integer not null check (waits >= 1),
  -- A deferral, new for each; null after a reschedule and after a failure.
  wait_id uuid,
  trigger json,
  state json,
  timeout_at timestamptz,
  -- What the trigger reported.
  event json,
  -- The triggerer of a worker has to look.
  is_watched boolean not null default false,
  worker_session_id uuid,
  check ((wait_id is null) = (trigger is null)),
  check (trigger is not null or (event is null and not is_watched))
) with (fillfactor = 70);
create unique index task_wait_id on polyflow.task_wait (wait_id) where wait_id is not null;
create index task_wait_watched on polyflow.task_wait (worker_session_id) where is_watched;
