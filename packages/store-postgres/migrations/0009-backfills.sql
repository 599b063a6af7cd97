-- breaking
-- Backfills: ranges of dates whose runs are made or made again, each with a limit of its own.

create table polyflow.backfill (
  backfill_id bigint generated always as identity primary key,
  dag_id text collate "C" not null references polyflow.dag on delete cascade,
  from_date timestamptz not null,
  to_date timestamptz not null,
  dag_run_conf json not null,
  reprocess_behavior text not null check (reprocess_behavior in ('none', 'failed', 'completed')),
  max_active_runs integer not null check (max_active_runs >= 1),
  run_backwards boolean not null,
  run_on_latest_version boolean not null,
  is_paused boolean not null default false,
  triggering_user text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  completed_at timestamptz
);
-- One at a time for each DAG: two would fight over the same dates.
create unique index backfill_open on polyflow.backfill (dag_id) where completed_at is null;
create index backfill_of_dag on polyflow.backfill (dag_id, backfill_id desc);

-- The dates of a backfill in the order in which they are run.
create table polyflow.backfill_date (
  backfill_id bigint not null references polyflow.backfill on delete cascade,
  position integer not null,
  logical_date timestamptz not null,
  data_interval_start timestamptz not null,
  data_interval_end timestamptz not null,
  run_after timestamptz not null,
  -- When it was decided what becomes of the date: it has a run since, or a reason for having none.
  settled_at timestamptz,
  skip_reason text,
  primary key (backfill_id, position),
  check (skip_reason is null or settled_at is not null)
);
create index backfill_date_pending on polyflow.backfill_date (backfill_id, position) where settled_at is null;

-- Runs of a backfill count against its limit, not against that of the DAG.
alter table polyflow.dag_run add column backfill_id bigint references polyflow.backfill on delete set null;
create index dag_run_of_backfill on polyflow.dag_run (backfill_id) where backfill_id is not null;
