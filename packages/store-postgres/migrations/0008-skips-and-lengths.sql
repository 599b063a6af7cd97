-- compatible
-- What the success of a branch or short-circuit says of the tasks after it: kept, so that these are skipped again when they alone are cleared.
alter table polyflow.task_instance add column skips text[];
-- Elements of an output that is a list or an object: over so many a task can be mapped, without reading the value.
alter table polyflow.xcom add column item_count integer;
