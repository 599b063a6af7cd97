import type { DagRunKey } from "@polyflow/contracts";
import type { DagRecord, DagStore, DagVersionRecord, ImportErrorRecord } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";
import { DAG_COLUMNS, dagTables, type DagRow, dagFromRow } from "./dag-row.ts";
import { listDags } from "./list-dags.ts";
import { publishParsedFile } from "./publish-parsed-file.ts";
import { publishParsedFiles } from "./publish-parsed-files.ts";
import { DEACTIVATE_DAGS_OF_FILE, DELETE_FILE } from "./publish-statements.ts";

/** Parameters: bundle name. Result: paths. */
const LIST_FILES = statement(
  "list_files",
  `select relative_path as "relativePath" from polyflow.dag_file where bundle_name = $1 order by relative_path`,
);

/** Parameters: DAG id. Result: at most one DAG. */
const GET_DAG = statement("get_dag", `select ${DAG_COLUMNS} from ${dagTables()} where dag.dag_id = $1`);

/** Parameters: DAG id, paused. Result: one row when there is such a DAG. Locks: dag. */
const SET_PAUSED = statement("set_paused", `update polyflow.dag set is_paused = $2 where dag_id = $1 returning dag_id`);

/**
 * Parameters: DAG id. Task instances that wait for a slot go back to be decided anew, so that a paused DAG takes none.
 * Locks: task_instance.
 */
const UNSCHEDULE_TASKS = statement(
  "unschedule_tasks",
  `update polyflow.task_instance ti set state = 'none', scheduled_at = null
   from polyflow.dag_run run
   where run.dag_id = $1 and run.state = 'running' and ti.dag_run_id = run.dag_run_id and ti.state = 'scheduled'`,
);

/** Parameters: DAG id. Result: its unfinished runs. */
const UNFINISHED_RUNS = statement(
  "unfinished_runs",
  `select dag_run_id as "runKey", run_id as "runId", state from polyflow.dag_run where dag_id = $1 and state in ('queued', 'running')`,
);

/** Parameters: DAG id. Runs first: the version's key is not checked against them. Locks: dag_run and all below it. */
const DELETE_RUNS_OF_DAG = statement("delete_runs_of_dag", `delete from polyflow.dag_run where dag_id = $1`);

/** Parameters: DAG id. Result: one row when there was such a DAG. */
const LOCK_DAG = statement("lock_dag", `select dag_id from polyflow.dag where dag_id = $1 for update`);
const DELETE_DAG = statement("delete_dag", `delete from polyflow.dag where dag_id = $1 returning dag_id`);

const VERSION_COLUMNS = `dag_version_id as "versionId", dag_id as "dagId", version_number as "versionNumber", spec,
  bundle_hash as "bundleHash", relative_path as "relativePath", created_at as "createdAt"`;

/** Parameters: DAG id. Result: versions, newest first. */
const LIST_VERSIONS = statement(
  "list_versions",
  `select ${VERSION_COLUMNS} from polyflow.dag_version where dag_id = $1 order by version_number desc`,
);
/** Parameters: version. */
const GET_VERSION = statement("get_version", `select ${VERSION_COLUMNS} from polyflow.dag_version where dag_version_id = $1`);

/** Parameters: DAG id, version number or null for the newest. */
const GET_SOURCE = statement(
  "get_source",
  `select source.source, version.version_number as "versionNumber"
   from polyflow.dag_version version join polyflow.dag_source source using (source_hash)
   where version.dag_id = $1 and ($2::integer is null or version.version_number = $2)
   order by version.version_number desc
   limit 1`,
);

/** Parameters: hash. */
const GET_BUNDLE = statement("get_bundle", `select code from polyflow.bundle where bundle_hash = $1`);

/** Result: import errors with the DAGs that last came from their file. */
const LIST_IMPORT_ERRORS = statement(
  "list_import_errors",
  `select e.import_error_id as "importErrorId", e.bundle_name as "bundleName", e.relative_path as "relativePath", e.code, e.message,
          e.line, e."column", e.stack, e.at,
          array(
            select dag.dag_id from polyflow.dag
            where dag.bundle_name = e.bundle_name and dag.relative_path = e.relative_path
            order by dag.dag_id
          ) as "dagIds"
   from polyflow.import_error e
   order by e.bundle_name, e.relative_path`,
);

const LIST_TAGS = statement(
  "list_tags",
  `select distinct tag from polyflow.dag cross join lateral unnest(dag.tags) tag where dag.is_active order by tag`,
);

export function createDagStore(context: StoreContext): DagStore {
  const { database, feed, specs } = context;

  async function getDag(dagId: string): Promise<DagRecord | undefined> {
    const row = await database.queryOne<DagRow>(GET_DAG, [dagId]);
    if (row === undefined) return undefined;
    const spec = await specs.get(row.versionId);
    return spec === undefined ? undefined : dagFromRow(row, spec);
  }

  return {
    getDag,
    publishParsedFile: (file) => publishParsedFile(context, file),
    publishParsedFiles: (files) => publishParsedFiles(context, files),
    listDags: (filter) => listDags(context, filter),
    setPaused: async (dagId, isPaused) => ((await setPaused(context, dagId, isPaused)) ? getDag(dagId) : undefined),
    deleteDag: (dagId) => deleteDag(context, dagId),

    async removeFile(bundleName, relativePath) {
      const [removed, files] = await database.pipeline((transaction) =>
        Promise.all([
          transaction.query<{ dagId: string }>(DEACTIVATE_DAGS_OF_FILE, [bundleName, relativePath]),
          transaction.query(DELETE_FILE, [bundleName, relativePath]),
        ]),
      );
      feed.emit(removed.map(({ dagId }) => ({ kind: "dag_removed", dagId })));
      if (files.length > 0) feed.emit([{ kind: "import_errors" }]);
      return removed.map(({ dagId }) => dagId);
    },

    async listFiles(bundleName) {
      const rows = await database.query<{ relativePath: string }>(LIST_FILES, [bundleName]);
      return rows.map((row) => row.relativePath);
    },

    listVersions: (dagId) => database.query<VersionRow>(LIST_VERSIONS, [dagId]),
    getVersion: (versionId) => database.queryOne<VersionRow>(GET_VERSION, [versionId]),
    getSource: (dagId, versionNumber) =>
      database.queryOne<{ source: string; versionNumber: number }>(GET_SOURCE, [dagId, versionNumber ?? null]),
    getBundle: async (hash) => (await database.queryOne<{ code: string }>(GET_BUNDLE, [hash]))?.code,
    listImportErrors: () => database.query<ImportErrorRecord & Record<string, unknown>>(LIST_IMPORT_ERRORS),
    listTags: async () => (await database.query<{ tag: string }>(LIST_TAGS)).map((row) => row.tag),
  };
}

type VersionRow = { readonly [Column in keyof DagVersionRecord]: DagVersionRecord[Column] };

/** @returns whether there is such a DAG. Its unfinished runs are announced: what holds them back has changed. */
async function setPaused(context: StoreContext, dagId: string, isPaused: boolean): Promise<boolean> {
  const runs = await context.database.transaction(async (transaction) => {
    const dag = await transaction.queryOne(SET_PAUSED, [dagId, isPaused]);
    if (dag === undefined) return undefined;
    if (isPaused) await transaction.query(UNSCHEDULE_TASKS, [dagId]);
    return transaction.query<{ runKey: DagRunKey; runId: string; state: "queued" | "running" }>(UNFINISHED_RUNS, [dagId]);
  });
  if (runs === undefined) return false;
  context.feed.emit([{ kind: "dag", dagId }, ...runs.map((run) => ({ kind: "run" as const, dagId, ...run }))]);
  return true;
}

async function deleteDag(context: StoreContext, dagId: string): Promise<boolean> {
  const deleted = await context.database.transaction(async (transaction) => {
    if ((await transaction.queryOne(LOCK_DAG, [dagId])) === undefined) return false;
    await transaction.query(DELETE_RUNS_OF_DAG, [dagId]);
    await transaction.query(DELETE_DAG, [dagId]);
    return true;
  });
  if (deleted) context.feed.emit([{ kind: "dag_removed", dagId }]);
  return deleted;
}
