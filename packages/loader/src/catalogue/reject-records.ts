import type { CatalogueSession } from "./catalogue-session.ts";
import { DEFAULT_LIMIT, QueryConditions } from "./query-conditions.ts";

export interface RejectQuery {
  readonly loadId?: string;
  readonly flow?: string;
  readonly state?: RejectState;
  readonly column?: string;
  /** Only rejects after this id: the next page. */
  readonly after?: number;
  readonly limit?: number;
}

/** `fixed`: somebody has corrected the record; `replayed`: it has been loaded since; `dismissed`: it is not wanted. */
export type RejectState = "open" | "fixed" | "replayed" | "dismissed";

/** One cell, or one whole record (`column` is `*`), that a load refused. */
export interface RejectRecord {
  readonly rejectId: number;
  readonly loadId: string;
  readonly flow: string;
  readonly file: string;
  /** Number of the record in the file, from 1. */
  readonly row: number;
  readonly column: string;
  readonly value: string | null;
  readonly reason: string;
  /** `value_discarded`: the record was loaded without this value. */
  readonly action: "rejected" | "value_discarded";
  readonly state: RejectState;
  /** The record as the file has it: field → text; a text where the record could not be taken apart. */
  readonly record: { readonly [field: string]: string | null } | string;
  /** The record as somebody has corrected it. */
  readonly fixedRecord: { readonly [field: string]: string | null } | null;
  readonly replayLoadId: string | null;
  /** ISO 8601. */
  readonly at: string;
}

export interface RejectSummary {
  readonly loadId: string;
  readonly flow: string;
  readonly column: string;
  readonly reason: string;
  readonly count: number;
  readonly example: string | null;
}

/** Rejects in the order in which they were written. */
export async function listRejects({ client, schema }: CatalogueSession, query: RejectQuery): Promise<readonly RejectRecord[]> {
  const conditions = rejectConditions(query).add("reject_id > ?", query.after);
  const answer = await client.query<{ record: RejectRecord }>(
    `select jsonb_build_object('rejectId', reject_id, 'loadId', load_id, 'flow', flow, 'file', file, 'row', row_number, 'column', column_name,
         'value', raw_value, 'reason', reason, 'action', action, 'state', state, 'record', record, 'fixedRecord', fixed_record,
         'replayLoadId', replay_load_id, 'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as record
       from ${schema}.reject${conditions.where} order by reject_id limit ${conditions.place(query.limit ?? DEFAULT_LIMIT)}`,
    conditions.values,
  );
  return answer.rows.map((row) => row.record);
}

export async function countRejects({ client, schema }: CatalogueSession, query: RejectQuery): Promise<readonly RejectSummary[]> {
  const conditions = rejectConditions(query);
  const answer = await client.query<RejectSummary>(
    `select load_id as "loadId", flow, column_name as "column", reason, count(*)::int as count, min(raw_value) as example
       from ${schema}.reject${conditions.where}
      group by load_id, flow, column_name, reason order by max(at) desc, count(*) desc, column_name, reason
      limit ${conditions.place(query.limit ?? DEFAULT_LIMIT)}`,
    conditions.values,
  );
  return answer.rows;
}

function rejectConditions(query: RejectQuery): QueryConditions {
  return new QueryConditions()
    .add("load_id::text = ?", query.loadId)
    .add("flow = ?", query.flow)
    .add("state = ?", query.state)
    .add("column_name = ?", query.column);
}
