-- breaking
-- Who this database is, and who may act in it.

create table polyflow.installation (
  singleton boolean primary key default true check (singleton),
  -- Changes at a restore, so that ids issued before it are never taken for ids issued after it.
  incarnation uuid not null default gen_random_uuid(),
  created_at timestamptz not null default now()
);
insert into polyflow.installation default values;

-- The right to act as the one scheduler. The row stays when nobody holds it, so that terms only ever grow.
create table polyflow.leader_lease (
  name text primary key,
  holder text,
  term bigint not null check (term >= 1),
  acquired_at timestamptz not null,
  expires_at timestamptz not null
);

create table polyflow.component_heartbeat (
  name text primary key check (name in ('scheduler', 'dag_processor', 'triggerer')),
  at timestamptz not null
);

-- One row for each registration of a worker; a restarted worker gets a new one.
create table polyflow.worker_session (
  worker_session_id uuid primary key default gen_random_uuid(),
  name text not null,
  hostname text not null,
  slots integer not null check (slots >= 1),
  -- Grows with each heartbeat; judged by whether it changes, never by comparing clocks.
  counter bigint not null default 0,
  registered_at timestamptz not null,
  last_heartbeat_at timestamptz not null,
  closed_at timestamptz
) with (fillfactor = 70);
create unique index worker_session_open_name on polyflow.worker_session (name) where closed_at is null;
