-- breaking
-- Values that are too large for the database stand in a store; `value` says where. What nobody refers to any more is remembered until it
-- has been taken out of the store.
alter table polyflow.xcom add column stored text;

create table polyflow.xcom_garbage (
  stored text primary key,
  at timestamptz not null default now()
);

create function polyflow.remember_xcom_garbage() returns trigger language plpgsql as $$
begin
  insert into polyflow.xcom_garbage (stored) values (old.stored) on conflict do nothing;
  return null;
end $$;
create trigger xcom_gone after delete on polyflow.xcom
  for each row when (old.stored is not null) execute function polyflow.remember_xcom_garbage();
create trigger xcom_replaced after update of stored on polyflow.xcom
  for each row when (old.stored is distinct from new.stored and old.stored is not null) execute function polyflow.remember_xcom_garbage();
