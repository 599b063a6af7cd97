-- breaking
-- Runs, their task instances, and the attempts at them.

create table polyflow.pool (
  name text primary key,
  slots integer not null check (slots >= 0),
  description text
);
insert into polyflow.pool (name, slots, description) values ('default_pool', 128, 'Default pool');

create table polyflow.dag_run (
  dag_run_id uuid primary key default gen_random_uuid(),
  dag_id text collate "C" not null references polyflow.dag on delete cascade,
  run_id text collate "C" not null check (length(run_id) between 1 and 250),
  run_type text not null check (run_type in ('manual', 'scheduled', 'backfill', 'asset_triggered')),
  state text not null check (state in ('queued', 'running', 'success', 'failed')),
  -- No foreign key: versions go only with their DAG, and the DAG's key guards that; a key here would need one more index.
  dag_version_id uuid not null,
  logical_date timestamptz,
  data_interval_start timestamptz,
  data_interval_end timestamptz,
  run_after timestamptz not null,
  queued_at timestamptz not null,
  start_date timestamptz,
  end_date timestamptz,
  -- When the run's time is up; set at its start, null when it has no limit.
  timeout_at timestamptz,
  conf json not null,
  note text,
  triggered_by text not null,
  triggering_user text,
  unique (dag_id, run_id),
  unique (dag_id, logical_date),
  check ((state in ('success', 'failed')) = (end_date is not null)),
  check (state <> 'running' or start_date is not null)
) with (fillfactor = 85);
create index dag_run_newest_of_dag on polyflow.dag_run (dag_id, run_after desc);
create index dag_run_newest on polyflow.dag_run (run_after desc, dag_run_id);
create index dag_run_queued on polyflow.dag_run (dag_id, run_after, dag_run_id) where state = 'queued';
create index dag_run_running on polyflow.dag_run (dag_run_id) where state = 'running';
create index dag_run_unfinished_of_dag on polyflow.dag_run (dag_id, state) where state in ('queued', 'running');
create index dag_run_timeout on polyflow.dag_run (timeout_at) where state = 'running' and timeout_at is not null;
create index dag_run_ended on polyflow.dag_run (end_date) where end_date is not null;

create table polyflow.task_instance (
  task_instance_id uuid primary key default gen_random_uuid(),
  dag_run_id uuid not null references polyflow.dag_run on delete cascade,
  task_id text collate "C" not null,
  map_index integer not null default -1 check (map_index >= -1),
  position integer not null,
  state text not null default 'none' check (
    state in ('none', 'scheduled', 'queued', 'running', 'success', 'restarting', 'failed', 'up_for_retry',
              'up_for_reschedule', 'upstream_failed', 'skipped', 'deferred', 'removed')
  ),
  try_number integer not null default 0 check (try_number >= 0),
  max_tries integer not null check (max_tries >= 0),
  operator text not null,
  pool text not null,
  pool_slots integer not null check (pool_slots >= 1),
  queue text not null,
  priority_weight integer not null,
  -- Copied from the run: the waiting line of a pool is read in this order.
  run_after timestamptz not null,
  -- The attempt that this row describes. Attempts that it no longer describes are in task_try.
  attempt_id uuid,
  worker_session_id uuid,
  -- Attempts lost by infrastructure; each gives one more try, so that the author's retries are not touched.
  losses integer not null default 0 check (losses >= 0),
  scheduled_at timestamptz,
  queued_at timestamptz,
  start_date timestamptz,
  end_date timestamptz,
  next_retry_at timestamptz,
  hostname text,
  note text,
  reason text,
  unique (dag_run_id, task_id, map_index),
  check (state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed') or end_date is not null),
  check (state not in ('none', 'scheduled', 'queued', 'running') or end_date is null),
  check (state not in ('queued', 'running', 'restarting') or (attempt_id is not null and try_number >= 1)),
  check (state not in ('none', 'scheduled', 'up_for_retry') or attempt_id is null),
  check (state not in ('running', 'restarting') or (worker_session_id is not null and start_date is not null)),
  check ((state = 'up_for_retry') = (next_retry_at is not null))
) with (fillfactor = 70);
create unique index task_instance_attempt on polyflow.task_instance (attempt_id) where attempt_id is not null;
-- The waiting line of each pool, in the order in which it is served.
create index task_instance_waiting on polyflow.task_instance (pool, priority_weight desc, run_after, map_index, task_instance_id)
  where state = 'scheduled';
-- Few rows, at most as many as may run at once; also what a worker session holds.
create index task_instance_occupying on polyflow.task_instance (dag_run_id) where state in ('queued', 'running', 'restarting');
create index task_instance_unfinished on polyflow.task_instance (dag_run_id)
  where state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed');
create index task_instance_retry on polyflow.task_instance (next_retry_at) where state = 'up_for_retry';

-- Ended attempts that their task instance no longer describes.
create table polyflow.task_try (
  attempt_id uuid primary key,
  task_instance_id uuid not null references polyflow.task_instance on delete cascade,
  try_number integer not null check (try_number >= 1),
  state text not null check (state in ('success', 'failed', 'skipped')),
  queued_at timestamptz,
  start_date timestamptz,
  end_date timestamptz not null,
  hostname text,
  reason text,
  unique (task_instance_id, try_number)
);

-- Attempts that are queued and not claimed: committed together with the state `queued`.
create table polyflow.outbox (
  attempt_id uuid primary key,
  task_instance_id uuid not null references polyflow.task_instance on delete cascade,
  published_at timestamptz
) with (fillfactor = 70);

create table polyflow.xcom (
  task_instance_id uuid not null references polyflow.task_instance on delete cascade,
  key text not null,
  value json not null,
  at timestamptz not null,
  primary key (task_instance_id, key)
);

create table polyflow.load_report (
  task_instance_id uuid not null references polyflow.task_instance on delete cascade,
  attempt_id uuid not null,
  try_number integer not null,
  load_id text not null,
  report json not null,
  at timestamptz not null,
  primary key (task_instance_id, attempt_id, load_id)
);
