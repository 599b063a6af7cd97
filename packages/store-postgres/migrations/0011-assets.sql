-- compatible
-- Assets: data that processes make and use; what uses which; updates of them, and the updates that a DAG has not answered yet.

create table polyflow.asset (
  asset_id bigint generated always as identity primary key,
  name text collate "C" not null unique check (length(name) between 1 and 1500),
  uri text not null,
  group_name text not null,
  extra json not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table polyflow.asset_alias (
  asset_alias_id bigint generated always as identity primary key,
  name text collate "C" not null unique check (length(name) between 1 and 1500),
  group_name text not null
);

-- The assets that were updated through an alias so far.
create table polyflow.asset_alias_target (
  asset_alias_id bigint not null references polyflow.asset_alias on delete cascade,
  asset_id bigint not null references polyflow.asset on delete cascade,
  primary key (asset_alias_id, asset_id)
);
create index asset_alias_target_of_asset on polyflow.asset_alias_target (asset_id);

-- Which DAGs (in their newest version) are scheduled by an asset, and which tasks make or use it.
create table polyflow.asset_use (
  dag_id text collate "C" not null references polyflow.dag on delete cascade,
  role text not null check (role in ('schedule', 'outlet', 'inlet')),
  task_id text collate "C" not null,
  asset_id bigint references polyflow.asset on delete cascade,
  asset_alias_id bigint references polyflow.asset_alias on delete cascade,
  created_at timestamptz not null,
  check ((asset_id is null) <> (asset_alias_id is null)),
  check ((role = 'schedule') = (task_id = ''))
);
create unique index asset_use_identity on polyflow.asset_use (
  dag_id, role, task_id, coalesce(asset_id, 0), coalesce(asset_alias_id, 0)
);
create index asset_use_of_asset on polyflow.asset_use (asset_id, role) where asset_id is not null;
create index asset_use_of_alias on polyflow.asset_use (asset_alias_id, role) where asset_alias_id is not null;

create table polyflow.asset_event (
  asset_event_id bigint generated always as identity primary key,
  asset_id bigint not null references polyflow.asset on delete cascade,
  at timestamptz not null,
  extra json not null,
  -- Texts, not keys: an event outlives the run that it came from. All null for one from outside.
  source_dag_id text collate "C",
  source_run_id text collate "C",
  source_task_id text collate "C",
  source_map_index integer,
  source_alias text
);
create index asset_event_newest on polyflow.asset_event (asset_id, asset_event_id desc);
create index asset_event_of_run on polyflow.asset_event (source_dag_id, source_run_id) where source_dag_id is not null;

-- Updates that a DAG has not been run for. A run takes them out and keeps them in dag_run_asset_event, in one transaction.
create table polyflow.asset_queue (
  dag_id text collate "C" not null references polyflow.dag on delete cascade,
  asset_event_id bigint not null references polyflow.asset_event on delete cascade,
  asset_id bigint not null references polyflow.asset on delete cascade,
  created_at timestamptz not null,
  primary key (dag_id, asset_event_id)
);
create index asset_queue_of_asset on polyflow.asset_queue (asset_id);
create index asset_queue_of_event on polyflow.asset_queue (asset_event_id);

create table polyflow.dag_run_asset_event (
  dag_run_id uuid not null references polyflow.dag_run on delete cascade,
  asset_event_id bigint not null references polyflow.asset_event on delete cascade,
  primary key (dag_run_id, asset_event_id)
);
create index dag_run_asset_event_of_event on polyflow.dag_run_asset_event (asset_event_id);
