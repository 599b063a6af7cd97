import { PolyflowError } from "@polyflow/contracts";
import type { LoadReport, RejectedCell } from "@polyflow/contracts";
import { exceeds } from "./load-refusals.ts";
import type { DataProgress } from "./load-transaction.ts";
import type { LoadSubject } from "./load-request.ts";

/** What is known when a load ends, one way or another. */
export interface LoadFacts {
  readonly request: LoadSubject;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly progress: DataProgress;
  readonly rejects: readonly RejectedCell[];
  readonly durationsMs: { readonly [phase: string]: number };
  readonly startedAt: number;
  readonly slice: string;
  readonly failure?: PolyflowError;
}

/** The report of a load that has run. A failed one has loaded nothing: its counts say what was read and rejected. */
export function finishedReport(facts: LoadFacts): LoadReport {
  const { request, progress, failure } = facts;
  const rows = progress.rows;
  const loaded = failure === undefined ? rows.loaded : 0;
  return {
    flow: request.flow.name,
    loadId: request.loadId,
    status: failure === undefined ? "loaded" : "failed",
    source: { name: request.source.name, file: facts.file, sha256: facts.sha256, bytes: facts.bytes },
    target: { connection: request.target.connection, schema: request.entity.schema, table: request.entity.table },
    rows: {
      read: progress.read,
      loaded,
      rejected: progress.rejected,
      // a failed load has left out everything that it did not reject
      filtered: failure === undefined ? progress.filtered + rows.filtered : progress.read - progress.rejected,
      inserted: failure === undefined ? rows.inserted : 0,
      updated: failure === undefined ? rows.updated : 0,
      unchanged: failure === undefined ? rows.unchanged : 0,
      deleted: failure === undefined ? rows.deleted : 0,
      target: progress.target,
    },
    lineage: lineageOf(request),
    ...(progress.cursor === undefined || failure !== undefined
      ? {}
      : {
          cursor: {
            column: progress.cursor.position.cursor.column,
            before: progress.cursor.position.before,
            after: progress.cursor.greatest ?? progress.cursor.position.before,
          },
        }),
    ...(facts.slice === "" ? {} : { slice: facts.slice }),
    rejects: facts.rejects,
    rules: progress.rules,
    durationsMs: facts.durationsMs,
    startedAt: new Date(facts.startedAt).toISOString(),
    finishedAt: new Date(request.clock.now()).toISOString(),
    ...(failure === undefined ? {} : { error: failure.message }),
  };
}

function lineageOf({ source, entity, flow }: LoadSubject): NonNullable<LoadReport["lineage"]> {
  const mappings = new Map(flow.mapping.map((mapping) => [mapping.column, mapping]));
  return {
    fields: source.fields.map(({ name, type }) => ({ name, type })),
    columns: entity.columns.map(({ column, physicalType, description }) => {
      const mapping = mappings.get(column);
      return {
        name: column,
        type: physicalType,
        description: description ?? null,
        from: mapping?.kind === "field" ? [{ table: null, field: mapping.field }] : [],
      };
    }),
  };
}

/**
 * Every record that was read has been loaded, rejected or left out, each of these counted by itself.
 * @param rejected records that stand in the reject table
 * @throws PolyflowError `internal` when one is unaccounted for; the load is then taken back
 */
export function checkAllAccounted(report: LoadReport, rejected: number): void {
  const { rows } = report;
  if (rows.read === rows.loaded + rows.rejected + rows.filtered && rows.rejected === rejected) return;
  throw new PolyflowError(
    "internal",
    `Load ${report.loadId} read ${rows.read} records, but loaded ${rows.loaded}, rejected ${rows.rejected} (${rejected} of them kept) and left out ${rows.filtered}. Nothing was changed.`,
  );
}

/** Says in plain words what the load came to. */
export function logOutcome(request: LoadSubject, report: LoadReport, elapsedMs: number): void {
  const { rows } = report;
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const speed = `${Math.round(rows.read / seconds).toLocaleString("en")} rows/s, ${(report.source.bytes / 1e6 / seconds).toFixed(1)} MB/s`;
  if (report.status === "loaded") {
    request.log.info(
      `Loaded ${rows.loaded} of ${rows.read} records into ${report.target.schema}.${report.target.table} in ${seconds.toFixed(2)} s (${speed}): ` +
        `${rows.inserted} inserted, ${rows.updated} updated, ${rows.unchanged} unchanged, ${rows.deleted} deleted, ` +
        `${rows.rejected} rejected, ${rows.filtered} filtered; the table has ${rows.target} rows.`,
    );
  }
  logRejects(request, report);
  for (const rule of report.rules) {
    const measured = `${rule.actual}${rule.unit === "percent" ? " %" : ""}`;
    const line = `Rule ${rule.name}: ${rule.status}, must be ${rule.expected}, is ${measured}.`;
    if (rule.status === "passed") request.log.info(line);
    else request.log.warning(line);
  }
}

function logRejects(request: LoadSubject, report: LoadReport): void {
  const [first] = report.rejects;
  if (first === undefined) return;
  const message =
    `${report.rows.rejected} records were rejected. The first: record ${first.row}, column ${first.column}, ` +
    `value ${first.value === null ? "NULL" : JSON.stringify(first.value.slice(0, 200))}: ${first.reason}.`;
  const warns = request.flow.warnIf === undefined || exceeds(request.flow.warnIf, report.rows);
  if (warns) request.log.warning(message);
  else request.log.info(message);
}
