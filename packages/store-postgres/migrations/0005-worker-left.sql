-- compatible
-- Whether a session ended because its worker left in order: what it leaves behind counts as no loss.
alter table polyflow.worker_session add column has_left boolean not null default false;
