import { statement } from "../statement.ts";
import { KNOWN_DAGS, VERSION_COLUMNS, VERSION_TASK_COLUMNS } from "./publish-statements.ts";

/** Parameters: files as JSON, now. Result: none. Locks: dag_file, by path; a file is published by one transaction at a time. */
export const SAVE_FILES = statement(
  "save_files",
  `insert into polyflow.dag_file (bundle_name, relative_path, last_parsed_at, parse_duration_ms)
   select bundle_name, relative_path, $2::timestamptz, parse_duration_ms
   from json_to_recordset($1::json) as file (bundle_name text, relative_path text, parse_duration_ms double precision)
   order by bundle_name, relative_path
   on conflict (bundle_name, relative_path) do update
     set last_parsed_at = excluded.last_parsed_at, parse_duration_ms = coalesce(excluded.parse_duration_ms, dag_file.parse_duration_ms)`,
);

/** Parameters: hashes, codes, now. Locks: bundle, by hash. */
export const SAVE_BUNDLES = statement(
  "save_bundles",
  `insert into polyflow.bundle (bundle_hash, code, created_at)
   select hash, code, $3 from unnest($1::text[], $2::text[]) as given (hash, code) order by hash
   on conflict do nothing`,
);

/** Parameters: hashes, sources. Locks: dag_source, by hash. */
export const SAVE_SOURCES = statement(
  "save_sources",
  `insert into polyflow.dag_source (source_hash, source)
   select hash, source from unnest($1::text[], $2::text[]) as given (hash, source) order by hash
   on conflict do nothing`,
);

/** Parameters: bundle names, paths, DAG ids. Result: those DAGs and all of the files. Locks: dag, ids ascending. */
export const LOCK_DAGS_OF_FILES = statement(
  "lock_dags_of_files",
  `${KNOWN_DAGS}
   where dag.dag_id in (
     select unnest($3::text[])
     union select owned.dag_id from polyflow.dag owned
     join unnest($1::text[], $2::text[]) as file (bundle_name, relative_path) using (bundle_name, relative_path)
   )
   order by dag.dag_id
   for update of dag`,
);

/** Parameters: DAGs as JSON. Result: the ids that were free. */
export const INSERT_DAGS = statement(
  "insert_dags",
  `insert into polyflow.dag (
     dag_id, display_name, description, is_paused, is_active, bundle_name, relative_path, owners, tags, current_version_id,
     max_active_runs, schedule_hash, schedule_state, schedule, params, task_count, max_consecutive_failed_runs
   )
   select dag_id, display_name, description, is_paused, true, bundle_name, relative_path, owners, tags, dag_version_id,
          max_active_runs, schedule_hash, schedule_state, schedule, params, task_count, max_consecutive_failed_runs
   from json_to_recordset($1::json) as dag (
     dag_id text, display_name text, description text, is_paused boolean, bundle_name text, relative_path text, owners text[], tags text[],
     dag_version_id uuid, max_active_runs integer, schedule_hash text, schedule_state text, schedule json, params json, task_count integer,
     max_consecutive_failed_runs integer
   )
   order by dag_id collate "C"
   on conflict (dag_id) do nothing
   returning dag_id as "dagId"`,
);

/** Parameters: first versions of DAGs as JSON, now. */
export const INSERT_VERSIONS = statement(
  "insert_versions",
  `insert into polyflow.dag_version (${VERSION_COLUMNS}
   )
   select dag_version_id, dag_id, 1, spec, spec_hash, bundle_hash, source_hash, bundle_name, relative_path, isolation,
          max_active_tasks, run_timeout_ms, $2::timestamptz
   from json_to_recordset($1::json) as version (
     dag_version_id uuid, dag_id text, spec json, spec_hash text, bundle_hash text, source_hash text, bundle_name text, relative_path text,
     isolation text, max_active_tasks integer, run_timeout_ms bigint
   )`,
);

/** Parameters: tasks of these versions as JSON. */
export const INSERT_TASKS_OF_VERSIONS = statement(
  "insert_tasks_of_versions",
  `insert into polyflow.dag_version_task (${VERSION_TASK_COLUMNS}
   )
   select task.*
   from json_to_recordset($1::json) as task (
     dag_version_id uuid, task_id text, position integer, operator text, retries integer, pool text, pool_slots integer, queue text,
     priority_weight integer, input_task_ids text[], same_index_task_ids text[], max_active_per_dag integer, max_active_per_run integer
   )`,
);

/** Parameters: bundle names, paths. Result: a row for each file that had an error. */
export const DELETE_IMPORT_ERRORS = statement(
  "delete_import_errors",
  `delete from polyflow.import_error error
   using unnest($1::text[], $2::text[]) as file (bundle_name, relative_path)
   where error.bundle_name = file.bundle_name and error.relative_path = file.relative_path
   returning error.import_error_id`,
);
