-- compatible
-- Timetables of authors, tasks with dates of their own, DAGs that are paused when they fail again and again.

-- Runs that an author's timetable lists, as far ahead as it was asked; null for schedules that are decided from the spec alone.
alter table polyflow.dag add column horizon json;
-- The DAG is paused when so many runs in a row have failed; null: never.
alter table polyflow.dag add column max_consecutive_failed_runs integer check (max_consecutive_failed_runs >= 1);

-- The task is skipped in runs whose logical date lies before the one or after the other.
alter table polyflow.dag_version_task add column starts_at timestamptz;
alter table polyflow.dag_version_task add column ends_at timestamptz;
