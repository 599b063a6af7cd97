-- compatible
-- Instances of mapped tasks, limits of single tasks, pools without an end.

-- Inputs that come from the instance with the same index: both tasks are in one mapped group.
alter table polyflow.dag_version_task add column same_index_task_ids text[];
alter table polyflow.dag_version_task add column max_active_per_dag integer check (max_active_per_dag >= 1);
alter table polyflow.dag_version_task add column max_active_per_run integer check (max_active_per_run >= 1);

-- What people call an instance of a mapped task.
alter table polyflow.task_instance add column map_name text;

-- How often tasks of the run were cleared: outputs that were read before may be others now.
alter table polyflow.dag_run add column clear_number integer not null default 0;

-- A pool of -1 slots has no end; whether deferred tasks hold their slots.
alter table polyflow.pool drop constraint pool_slots_check, add constraint pool_slots_check check (slots >= -1);
alter table polyflow.pool add column include_deferred boolean not null default false;
create index task_instance_deferred on polyflow.task_instance (pool) where state = 'deferred';
