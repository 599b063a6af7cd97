import type { DagSpec, DagVersionId } from "@polyflow/contracts";
import type { DagRecord, NextRun } from "@polyflow/store";

/** Columns of `dag` (as `dag`), its current version (`version`) and its file (`file`); the names are those of DagRow. */
export const DAG_COLUMNS = `
  dag.dag_id as "dagId", dag.display_name as "displayName", dag.description, dag.is_paused as "isPaused", dag.is_active as "isActive",
  exists (
    select from polyflow.import_error e where e.bundle_name = dag.bundle_name and e.relative_path = dag.relative_path
  ) as "hasImportErrors",
  dag.bundle_name as "bundleName", dag.relative_path as "relativePath", dag.owners, dag.tags,
  version.dag_version_id as "versionId", version.version_number as "versionNumber",
  coalesce(file.last_parsed_at, version.created_at) as "lastParsedAt",
  dag.next_logical_date as "nextLogicalDate", dag.next_interval_start as "nextIntervalStart",
  dag.next_interval_end as "nextIntervalEnd", dag.next_run_after as "nextRunAfter", dag.horizon`;

/** Where those columns come from; `dag` names the table, or a selection from it. */
export function dagTables(dag = "polyflow.dag"): string {
  return `
  ${dag}
  join polyflow.dag_version version on version.dag_version_id = dag.current_version_id
  left join polyflow.dag_file file on file.bundle_name = dag.bundle_name and file.relative_path = dag.relative_path`;
}

export type NextRunColumns = {
  readonly nextLogicalDate: Date | null;
  readonly nextIntervalStart: Date | null;
  readonly nextIntervalEnd: Date | null;
  readonly nextRunAfter: Date | null;
};

export type DagRow = Omit<DagRecord, "nextRun" | "spec" | "versionId"> & { readonly versionId: DagVersionId } & NextRunColumns;

/** A CHECK keeps the four columns null together. */
export function nextRunFromRow(row: NextRunColumns): NextRun | null {
  if (row.nextLogicalDate === null || row.nextIntervalStart === null || row.nextIntervalEnd === null || row.nextRunAfter === null) {
    return null;
  }
  return {
    logicalDate: row.nextLogicalDate,
    dataIntervalStart: row.nextIntervalStart,
    dataIntervalEnd: row.nextIntervalEnd,
    runAfter: row.nextRunAfter,
  };
}

export function dagFromRow(row: DagRow, spec: DagSpec): DagRecord {
  const { nextLogicalDate: _date, nextIntervalStart: _start, nextIntervalEnd: _end, nextRunAfter: _after, ...columns } = row;
  return { ...columns, spec, nextRun: nextRunFromRow(row) };
}
