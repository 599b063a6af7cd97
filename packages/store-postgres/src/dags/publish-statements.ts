import { statement } from "../statement.ts";

/** What publishing wants to know of DAGs that are there. */
export const KNOWN_DAGS = `select dag.dag_id as "dagId", dag.bundle_name as "bundleName", dag.relative_path as "relativePath", dag.is_active as "isActive",
          dag.schedule_hash as "scheduleHash", version.dag_version_id as "versionId", version.version_number as "versionNumber",
          version.spec_hash as "specHash", version.bundle_hash as "bundleHash", version.source_hash as "sourceHash"
   from polyflow.dag join polyflow.dag_version version on version.dag_version_id = dag.current_version_id`;
export const VERSION_COLUMNS = `
     dag_version_id, dag_id, version_number, spec, spec_hash, bundle_hash, source_hash, bundle_name, relative_path, isolation,
     max_active_tasks, run_timeout_ms, created_at`;
export const VERSION_TASK_COLUMNS = `
     dag_version_id, task_id, position, operator, retries, pool, pool_slots, queue, priority_weight, input_task_ids,
     same_index_task_ids, max_active_per_dag, max_active_per_run`;

/** Parameters: bundle name, path, now, parse duration. Result: none. Locks: dag_file; a file is published by one transaction at a time. */
export const SAVE_FILE = statement(
  "save_file",
  `insert into polyflow.dag_file (bundle_name, relative_path, last_parsed_at, parse_duration_ms) values ($1, $2, $3, $4)
   on conflict (bundle_name, relative_path) do update
     set last_parsed_at = excluded.last_parsed_at, parse_duration_ms = coalesce(excluded.parse_duration_ms, dag_file.parse_duration_ms)`,
);

/** Parameters: hash, code, now. */
export const SAVE_BUNDLE = statement(
  "save_bundle",
  `insert into polyflow.bundle (bundle_hash, code, created_at) values ($1, $2, $3) on conflict do nothing`,
);

/** Parameters: hash, source. */
export const SAVE_SOURCE = statement(
  "save_source",
  `insert into polyflow.dag_source (source_hash, source) values ($1, $2) on conflict do nothing`,
);

/** Parameters: bundle name, path, DAG ids. Result: those DAGs and all of the file. Locks: dag, ids ascending. */
export const LOCK_DAGS = statement(
  "lock_dags",
  `${KNOWN_DAGS}
   where dag.dag_id = any($3::text[]) or (dag.bundle_name = $1 and dag.relative_path = $2)
   order by dag.dag_id
   for update of dag`,
);

/** Parameters: see below. Result: one row when the id was free. */
export const INSERT_DAG = statement(
  "insert_dag",
  `insert into polyflow.dag (
     dag_id, display_name, description, is_paused, is_active, bundle_name, relative_path, owners, tags, current_version_id,
     max_active_runs, schedule_hash, schedule_state, schedule, params, task_count
   ) values ($1, $2, $3, $4, true, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
   on conflict (dag_id) do nothing
   returning dag_id`,
);

/**
 * Parameters: id, display name, description, bundle name, path, owners, tags, version, max active runs, schedule hash,
 * schedule state to begin with, schedule, params, number of tasks. The plan of runs stays unless the schedule changed or the DAG comes back.
 */
export const UPDATE_DAG = statement(
  "update_dag",
  `update polyflow.dag set
     display_name = $2, description = $3, bundle_name = $4, relative_path = $5, owners = $6, tags = $7, current_version_id = $8,
     max_active_runs = $9, is_active = true, schedule_hash = $10, schedule = $12, params = $13, task_count = $14,
     schedule_state = case when keep then schedule_state else $11 end,
     next_logical_date = case when keep then next_logical_date end,
     next_interval_start = case when keep then next_interval_start end,
     next_interval_end = case when keep then next_interval_end end,
     next_run_after = case when keep then next_run_after end
   from (select dag_id as kept_id, is_active and schedule_hash = $10 as keep from polyflow.dag where dag_id = $1) former
   where dag_id = $1 and dag_id = kept_id`,
);

/** Parameters: version, dag, number, spec, spec hash, bundle hash, source hash, bundle name, path, isolation, max tasks, timeout, now. */
export const INSERT_VERSION = statement(
  "insert_version",
  `insert into polyflow.dag_version (${VERSION_COLUMNS}
   ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
);

/** Parameters: version, array of tasks as JSON. */
export const INSERT_VERSION_TASKS = statement(
  "insert_version_tasks",
  `insert into polyflow.dag_version_task (${VERSION_TASK_COLUMNS}
   )
   select $1, task.*
   from json_to_recordset($2::json) as task (
     task_id text, position integer, operator text, retries integer, pool text, pool_slots integer, queue text,
     priority_weight integer, input_task_ids text[], same_index_task_ids text[], max_active_per_dag integer, max_active_per_run integer
   )`,
);

/** Parameters: version, source hash. Comments changed, the compiled code did not. */
export const UPDATE_SOURCE = statement("update_source", `update polyflow.dag_version set source_hash = $2 where dag_version_id = $1`);

/** Parameters: DAG ids. Result: the ids of those that were active. Locks: dag. */
export const DEACTIVATE_DAGS = statement(
  "deactivate_dags",
  `update polyflow.dag set is_active = false where dag_id = any($1::text[]) and is_active returning dag_id as "dagId"`,
);

/** Parameters: bundle name, path, code, message, line, column, stack, now. */
export const SAVE_IMPORT_ERROR = statement(
  "save_import_error",
  `insert into polyflow.import_error (bundle_name, relative_path, code, message, line, "column", stack, at)
   values ($1, $2, $3, $4, $5, $6, $7, $8)
   on conflict (bundle_name, relative_path) do update
     set code = excluded.code, message = excluded.message, line = excluded.line, "column" = excluded."column", stack = excluded.stack,
         at = excluded.at`,
);

/** Parameters: bundle name, path. Result: one row when there was an error. */
export const DELETE_IMPORT_ERROR = statement(
  "delete_import_error",
  `delete from polyflow.import_error where bundle_name = $1 and relative_path = $2 returning import_error_id`,
);

/** Parameters: bundle name, path. The file's import error goes with it. */
export const DELETE_FILE = statement(
  "delete_file",
  `delete from polyflow.dag_file where bundle_name = $1 and relative_path = $2 returning relative_path`,
);

/** Parameters: bundle name, path. Result: ids of the DAGs that were active. Locks: dag. */
export const DEACTIVATE_DAGS_OF_FILE = statement(
  "deactivate_dags_of_file",
  `update polyflow.dag set is_active = false where bundle_name = $1 and relative_path = $2 and is_active returning dag_id as "dagId"`,
);

/**
 * Parameters: DAG, horizon, runs that may fail in a row, whether the timetable is to be asked anew. A longer horizon lets an ended timetable
 * go on. Result: one row when it has to be asked. Locks held: dag.
 */
export const SAVE_TIMETABLE = statement(
  "save_timetable",
  `update polyflow.dag set
     horizon = $2::json, max_consecutive_failed_runs = $3,
     schedule_state = case when former.is_asked then 'unasked' else schedule_state end,
     next_logical_date = case when not former.is_asked then next_logical_date end,
     next_interval_start = case when not former.is_asked then next_interval_start end,
     next_interval_end = case when not former.is_asked then next_interval_end end,
     next_run_after = case when not former.is_asked then next_run_after end
   from (
     select schedule_state <> 'unscheduled' and $2::json is not null and ($4 or schedule_state = 'ended') as is_asked
     from polyflow.dag where dag_id = $1
   ) former
   where dag_id = $1
   returning former.is_asked as "isAsked"`,
);

/** Parameters: version, array of deadlines as JSON. */
export const SAVE_DEADLINES = statement(
  "save_deadlines",
  `insert into polyflow.dag_version_deadline (dag_version_id, name, reference, after_ms, fixed_at, max_runs, min_runs, callbacks)
   select $1, wanted.name, wanted.reference, wanted."afterMs", wanted.at, coalesce(wanted."maxRuns", 10), coalesce(wanted."minRuns", 10),
          coalesce(json_array_length(wanted."onMiss"), 0)
   from json_to_recordset($2::json) as wanted (
     name text, reference text, "afterMs" bigint, at timestamptz, "maxRuns" integer, "minRuns" integer, "onMiss" json
   )`,
);

/** Parameters: version, how many callbacks the DAG has by kind (or null), tasks with how many they have. */
export const SAVE_CALLBACKS = statement(
  "save_callbacks",
  `with of_runs as (update polyflow.dag_version set callbacks = $2::json where dag_version_id = $1)
   update polyflow.dag_version_task task set callbacks = counted.callbacks
   from json_to_recordset($3::json) as counted ("taskId" text, callbacks json)
   where task.dag_version_id = $1 and task.task_id = counted."taskId"`,
);

/** Parameters: version, array of tasks with their dates as JSON. */
export const SAVE_TASK_DATES = statement(
  "save_task_dates",
  `update polyflow.dag_version_task task set starts_at = dated."startDate", ends_at = dated."endDate"
   from json_to_recordset($2::json) as dated ("taskId" text, "startDate" timestamptz, "endDate" timestamptz)
   where task.dag_version_id = $1 and task.task_id = dated."taskId"`,
);
