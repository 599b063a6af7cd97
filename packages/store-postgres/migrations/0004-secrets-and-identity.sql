-- breaking
-- Secrets (Fernet tokens in *_token columns; never clear text) and the people who use the system.

create table polyflow.connection (
  connection_id text primary key,
  type text not null,
  description text,
  host text,
  port integer check (port between 0 and 65535),
  login text,
  password_token text,
  schema text,
  extra_token text
);

create table polyflow.variable (
  key text primary key,
  value_token text not null,
  description text
);

create table polyflow.app_user (
  user_id integer generated always as identity primary key,
  username text not null,
  first_name text not null,
  last_name text not null,
  email text not null,
  password_hash text not null,
  is_active boolean not null default true,
  created_at timestamptz not null,
  last_login timestamptz,
  login_count integer not null default 0,
  fail_login_count integer not null default 0
);
create unique index app_user_username on polyflow.app_user (lower(username));

create table polyflow.role (
  role_id integer generated always as identity primary key,
  name text not null unique,
  is_built_in boolean not null
);

create table polyflow.role_permission (
  role_id integer not null references polyflow.role on delete cascade,
  action text not null,
  resource text not null,
  -- Null: the right holds for all DAGs.
  dag_id text collate "C"
);
create unique index role_permission_identity on polyflow.role_permission (role_id, action, resource, coalesce(dag_id, ''));

create table polyflow.user_role (
  user_id integer not null references polyflow.app_user on delete cascade,
  role_id integer not null references polyflow.role on delete cascade,
  primary key (user_id, role_id)
);
create index user_role_of_role on polyflow.user_role (role_id);

create table polyflow.session (
  -- SHA-256 of the secret that the client holds.
  token_hash text primary key,
  user_id integer not null references polyflow.app_user on delete cascade,
  kind text not null check (kind in ('cookie', 'token')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz not null
);
create index session_of_user on polyflow.session (user_id);
create index session_expiry on polyflow.session (expires_at);

create table polyflow.audit_log (
  audit_id bigint generated always as identity primary key,
  at timestamptz not null,
  username text,
  remote_address text,
  event text not null,
  dag_id text,
  run_id text,
  task_id text,
  details json not null
);
create index audit_log_newest on polyflow.audit_log (at desc, audit_id desc);
