-- compatible
-- Task instances that were lost with their workers: few, and asked for by themselves.
create index task_instance_lost on polyflow.task_instance (end_date desc) where losses > 0;
