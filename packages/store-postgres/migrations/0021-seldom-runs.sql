-- compatible
-- Lists of all runs that are narrowed to what is seldom find it here, however many others there are: runs that failed, and those that no
-- timetable made (by kind, or by who triggered them).
create index dag_run_failed on polyflow.dag_run (run_after desc, dag_run_id) where state = 'failed';
create index dag_run_unscheduled on polyflow.dag_run (run_after desc, dag_run_id) where run_type <> 'scheduled';

-- Searching DAGs reads this alone, a quarter of their table.
create index dag_search on polyflow.dag (dag_id) include (search_text) where is_active;
