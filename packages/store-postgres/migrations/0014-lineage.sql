-- compatible
-- What is to be told of starts and ends of attempts to whoever gathers lineage. The trigger that fills it is made only where somebody does.
create table polyflow.lineage_outbox (
  lineage_id bigint generated always as identity primary key,
  task_instance_id uuid not null references polyflow.task_instance on delete cascade,
  attempt_id uuid not null,
  state text not null,
  at timestamptz not null,
  reason text
);
create index lineage_outbox_of_task on polyflow.lineage_outbox (task_instance_id);

create function polyflow.note_lineage() returns trigger language plpgsql as $$
begin
  insert into polyflow.lineage_outbox (task_instance_id, attempt_id, state, at, reason)
  values (new.task_instance_id, coalesce(old.attempt_id, new.attempt_id), new.state, coalesce(new.end_date, new.start_date, now()), new.reason);
  return null;
end $$;
