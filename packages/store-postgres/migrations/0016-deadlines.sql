-- compatible
-- Deadlines of runs: rows that are watched whatever becomes of the run's tasks.

-- What a version of a DAG expects of its runs.
create table polyflow.dag_version_deadline (
  dag_version_id uuid not null references polyflow.dag_version on delete cascade,
  name text not null,
  reference text not null check (reference in ('queued_at', 'logical_date', 'fixed', 'average_runtime')),
  after_ms bigint not null,
  fixed_at timestamptz,
  -- Of average_runtime: so many of the newest successful runs count, at least so many must be there.
  max_runs integer not null,
  min_runs integer not null,
  primary key (dag_version_id, name),
  check ((reference = 'fixed') = (fixed_at is not null))
);

-- Goes with its run, and when the run ends in time.
create table polyflow.deadline (
  deadline_id bigint generated always as identity primary key,
  dag_run_id uuid not null references polyflow.dag_run on delete cascade,
  name text not null,
  due_at timestamptz not null,
  missed_at timestamptz,
  unique (dag_run_id, name)
);
create index deadline_due on polyflow.deadline (due_at) where missed_at is null;
create index deadline_missed on polyflow.deadline (missed_at desc, deadline_id desc) where missed_at is not null;
