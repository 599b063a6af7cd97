import type { LoadReport } from "@polyflow/contracts";
import type { CatalogueSession } from "./catalogue-session.ts";
import { DEFAULT_LIMIT, QueryConditions } from "./query-conditions.ts";

export interface LoadQuery {
  readonly flow?: string;
  /** Schema and table, as the report has them. */
  readonly schema?: string;
  readonly table?: string;
  readonly status?: LoadRecord["status"];
  /** Only loads that ended before this instant (ISO 8601): the next page. */
  readonly before?: string;
  readonly limit?: number;
}

/** One load that has ended. */
export interface LoadRecord {
  readonly loadId: string;
  readonly flow: string;
  readonly schema: string;
  readonly table: string;
  readonly mode: string;
  readonly slice: string;
  /** `superseded`: loaded, and loaded again by force since. */
  readonly status: "loaded" | "failed" | "superseded";
  readonly file: string;
  readonly bytes: number;
  readonly rows: Pick<
    LoadReport["rows"],
    "read" | "loaded" | "rejected" | "filtered" | "inserted" | "updated" | "unchanged" | "deleted" | "target"
  >;
  readonly cursorAfter: string | null;
  readonly error: string | null;
  /** ISO 8601. */
  readonly startedAt: string | null;
  readonly finishedAt: string;
  readonly durationMs: number | null;
}

export async function listLoads({ client, schema }: CatalogueSession, query: LoadQuery): Promise<readonly LoadRecord[]> {
  const conditions = new QueryConditions()
    .add("flow = ?", query.flow)
    .add("target_schema = ?", query.schema)
    .add("target_table = ?", query.table)
    .add("status = ?", query.status)
    .add("finished_at < ?::timestamptz", query.before);
  const answer = await client.query<{ record: LoadRecord }>(
    `select jsonb_build_object('loadId', load_id, 'flow', flow, 'schema', target_schema, 'table', target_table, 'mode', mode, 'slice', slice,
         'status', status, 'file', source_file, 'bytes', source_bytes,
         'rows', jsonb_build_object('read', rows_read, 'loaded', rows_loaded, 'rejected', rows_rejected, 'filtered', rows_filtered,
           'inserted', rows_inserted, 'updated', rows_updated, 'unchanged', rows_unchanged, 'deleted', rows_deleted, 'target', rows_target),
         'cursorAfter', cursor_after, 'error', error, 'startedAt', report->>'startedAt', 'finishedAt', report->>'finishedAt',
         'durationMs', (extract(epoch from (report->>'finishedAt')::timestamptz - (report->>'startedAt')::timestamptz) * 1000)::bigint) as record
       from ${schema}.load_ledger${conditions.where} order by finished_at desc limit ${conditions.place(query.limit ?? DEFAULT_LIMIT)}`,
    conditions.values,
  );
  return answer.rows.map((row) => row.record);
}

export async function getLoadReport({ client, schema }: CatalogueSession, loadId: string): Promise<LoadReport | undefined> {
  const answer = await client.query<{ report: LoadReport }>(`select report from ${schema}.load_ledger where load_id::text = $1`, [loadId]);
  return answer.rows[0]?.report;
}
