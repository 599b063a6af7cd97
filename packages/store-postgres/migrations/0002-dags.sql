-- breaking
-- What the projects' files hold.

create table polyflow.dag_file (
  bundle_name text not null,
  relative_path text not null,
  last_parsed_at timestamptz not null,
  parse_duration_ms double precision,
  primary key (bundle_name, relative_path)
);

create table polyflow.import_error (
  import_error_id bigint generated always as identity primary key,
  bundle_name text not null,
  relative_path text not null,
  code text not null,
  message text not null,
  line integer,
  "column" integer,
  stack text,
  at timestamptz not null,
  unique (bundle_name, relative_path),
  foreign key (bundle_name, relative_path) references polyflow.dag_file on delete cascade
);

-- Compiled JavaScript and source text by their SHA-256: many DAGs of one file, and many versions, share them.
create table polyflow.bundle (
  bundle_hash text primary key,
  code text not null,
  created_at timestamptz not null
);
create table polyflow.dag_source (
  source_hash text primary key,
  source text not null
);

create table polyflow.dag (
  dag_id text collate "C" primary key check (length(dag_id) between 1 and 250),
  display_name text not null,
  description text,
  is_paused boolean not null,
  -- False when the DAG has left its file or the file is gone; its history stays.
  is_active boolean not null,
  bundle_name text not null,
  relative_path text not null,
  owners text[] not null,
  tags text[] not null,
  current_version_id uuid not null,
  max_active_runs integer not null check (max_active_runs >= 1),
  -- What the timetable depends on; when it changes the timetable is asked anew.
  schedule_hash text not null,
  -- unasked: ask the timetable. planned: next_* say when. ended: no run will come of itself. unscheduled: there is no timetable.
  schedule_state text not null check (schedule_state in ('unasked', 'planned', 'ended', 'unscheduled')),
  next_logical_date timestamptz,
  next_interval_start timestamptz,
  next_interval_end timestamptz,
  next_run_after timestamptz,
  check ((schedule_state = 'planned') = (next_run_after is not null)),
  check (
    (next_run_after is null) = (next_logical_date is null)
    and (next_run_after is null) = (next_interval_start is null)
    and (next_run_after is null) = (next_interval_end is null)
  )
);
-- The scheduler's tick: flat in the number of DAGs.
create index dag_due on polyflow.dag (next_run_after) where is_active and not is_paused and schedule_state = 'planned';
create index dag_unasked on polyflow.dag (dag_id) where is_active and not is_paused and schedule_state = 'unasked';
create index dag_of_file on polyflow.dag (bundle_name, relative_path);

create table polyflow.dag_version (
  dag_version_id uuid primary key default gen_random_uuid(),
  dag_id text collate "C" not null references polyflow.dag on delete cascade,
  version_number integer not null check (version_number >= 1),
  -- json, not jsonb: it is only ever read as a whole, and jsonb refuses strings with U+0000.
  spec json not null,
  spec_hash text not null,
  bundle_hash text not null references polyflow.bundle,
  source_hash text not null references polyflow.dag_source,
  bundle_name text not null,
  relative_path text not null,
  isolation text not null check (isolation in ('process', 'reuse')),
  max_active_tasks integer not null check (max_active_tasks >= 1),
  run_timeout_ms bigint check (run_timeout_ms > 0),
  created_at timestamptz not null,
  unique (dag_id, version_number)
);
create index dag_version_bundle on polyflow.dag_version (bundle_hash);
create index dag_version_source on polyflow.dag_version (source_hash);
alter table polyflow.dag
  add foreign key (current_version_id) references polyflow.dag_version deferrable initially deferred;

-- The tasks of a version as rows, so that a run is created without reading JSON.
create table polyflow.dag_version_task (
  dag_version_id uuid not null references polyflow.dag_version on delete cascade,
  task_id text collate "C" not null,
  position integer not null,
  operator text not null,
  retries integer not null check (retries >= 0),
  pool text not null,
  pool_slots integer not null check (pool_slots >= 1),
  queue text not null,
  priority_weight integer not null,
  -- Tasks whose output this task takes; null when it takes none.
  input_task_ids text[],
  primary key (dag_version_id, task_id)
);
