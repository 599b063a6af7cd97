-- compatible
-- What lists of DAGs read: facts of the current version beside the DAG, the newest run of each DAG, and what users keep for themselves.

alter table polyflow.dag
  -- Of the current version; null until the DAG is published again by a Polyflow that knows them, then read from the version.
  add column schedule json,
  add column params json,
  add column task_count integer,
  -- Lower case, compared byte by byte: searching ten thousand of them takes two milliseconds.
  add column search_text text collate "C"
    generated always as (lower((dag_id collate "default") || ' ' || display_name)) stored;
update polyflow.dag set
  schedule = version.spec -> 'schedule', params = version.spec -> 'params', task_count = json_array_length(version.spec -> 'tasks')
from polyflow.dag_version version where version.dag_version_id = dag.current_version_id;
create index dag_next_run on polyflow.dag (next_run_after, dag_id);

-- One row for each DAG. Kept by the triggers below, so that no list looks for the newest run of ten thousand DAGs.
-- Locked with the run that changes; whoever changes runs of several DAGs in one transaction holds the scheduler's lease.
create table polyflow.dag_newest_run (
  dag_id text collate "C" primary key references polyflow.dag on delete cascade,
  -- All three are null before the first run.
  dag_run_id uuid,
  run_after timestamptz,
  state text
) with (fillfactor = 70);
insert into polyflow.dag_newest_run (dag_id, dag_run_id, run_after, state)
select dag.dag_id, newest.dag_run_id, newest.run_after, newest.state
from polyflow.dag left join lateral (
  select * from polyflow.dag_run run where run.dag_id = dag.dag_id order by run.run_after desc, run.dag_run_id limit 1
) newest on true;
create index dag_newest_run_order on polyflow.dag_newest_run (run_after desc nulls last, dag_id);

create function polyflow.add_newest_run_of_dag() returns trigger language plpgsql as $$
begin
  insert into polyflow.dag_newest_run (dag_id) values (new.dag_id) on conflict do nothing;
  return null;
end $$;
create trigger dag_has_newest_run after insert on polyflow.dag for each row execute function polyflow.add_newest_run_of_dag();

-- The condition is looked at again when the row was waited for: of two runs that come at once the newer one stays.
create function polyflow.note_new_runs() returns trigger language plpgsql as $$
begin
  update polyflow.dag_newest_run newest set dag_run_id = added.dag_run_id, run_after = added.run_after, state = added.state
  from (select distinct on (dag_id) * from new_runs order by dag_id, run_after desc, dag_run_id) added
  where newest.dag_id = added.dag_id and (newest.run_after is null or newest.run_after < added.run_after);
  return null;
end $$;
create trigger note_new_runs after insert on polyflow.dag_run
  referencing new table as new_runs for each statement execute function polyflow.note_new_runs();

create function polyflow.note_run_states() returns trigger language plpgsql as $$
begin
  update polyflow.dag_newest_run newest set state = changed.state
  from new_runs changed
  where newest.dag_id = changed.dag_id and newest.dag_run_id = changed.dag_run_id and newest.state <> changed.state;
  return null;
end $$;
create trigger note_run_states after update on polyflow.dag_run
  referencing new table as new_runs for each statement execute function polyflow.note_run_states();

create function polyflow.note_deleted_runs() returns trigger language plpgsql as $$
begin
  update polyflow.dag_newest_run newest
  set dag_run_id = left_over.dag_run_id, run_after = left_over.run_after, state = left_over.state
  from (select distinct dag_id from old_runs) touched
  left join lateral (
    select * from polyflow.dag_run run where run.dag_id = touched.dag_id order by run.run_after desc, run.dag_run_id limit 1
  ) left_over on true
  where newest.dag_id = touched.dag_id and newest.dag_run_id in (select dag_run_id from old_runs);
  return null;
end $$;
create trigger note_deleted_runs after delete on polyflow.dag_run
  referencing old table as old_runs for each statement execute function polyflow.note_deleted_runs();

create table polyflow.favourite_dag (
  user_id integer not null references polyflow.app_user on delete cascade,
  dag_id text collate "C" not null references polyflow.dag on delete cascade,
  primary key (user_id, dag_id)
);
create index favourite_dag_of_dag on polyflow.favourite_dag (dag_id);

-- A list as somebody likes to see it: the query part of its address under a name.
create table polyflow.saved_view (
  user_id integer not null references polyflow.app_user on delete cascade,
  page text not null,
  name text not null,
  query text not null,
  primary key (user_id, page, name)
);
