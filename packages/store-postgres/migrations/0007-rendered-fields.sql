-- compatible
-- The templated fields of a task as its newest try had them, secrets masked.
create table polyflow.rendered_fields (
  task_instance_id uuid primary key references polyflow.task_instance on delete cascade,
  fields json not null,
  at timestamptz not null
);
