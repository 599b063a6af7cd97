import type { RejectedCell } from "@polyflow/contracts";
import type { Client } from "pg";
import { insertDiscards, insertRejects } from "../cast/segment-query.ts";
import type { CastSegment } from "../segment-caster.ts";
import { identifier } from "../sql-text.ts";

/** Column name of rejects that concern the whole record. */
export const WHOLE_RECORD = "*";
/** Rejects that a report carries; the table has all. */
const REPORTED_REJECTS = 200;

export interface RejectContext {
  readonly systemSchema: string;
  readonly loadId: string;
  readonly flow: string;
  readonly file: string;
  readonly columnOf: ReadonlyMap<string, number | undefined>;
}

/**
 * Writes a reject for every bad cell and every record that could not be read; segments without any are not looked at again.
 * @returns how many records were rejected, counted anew from what was written
 */
export async function writeRejects(client: Client, segments: readonly CastSegment[], context: RejectContext): Promise<number> {
  const { loadId, flow, file, columnOf } = context;
  const table = identifier(context.systemSchema, "reject");
  for (const { segment, plan, bad } of segments) {
    const into = { table, loadId, flow, file, columnOf };
    if (plan !== undefined && bad > 0 && plan.judges.length > 0) await client.query(insertRejects(segment, plan, into));
    if (plan !== undefined && plan.discards.length > 0) await client.query(insertDiscards(segment, plan, into));
    if (segment.diverted.length === 0) continue;
    await client.query(
      `insert into ${table} (load_id, flow, file, row_number, column_name, raw_value, reason, record)
       select $1, $2, $3, row, $4, text, reason, to_jsonb(text) from unnest($5::bigint[], $6::text[], $7::text[]) as d(row, text, reason)`,
      [
        loadId,
        flow,
        file,
        WHOLE_RECORD,
        segment.diverted.map((record) => record.row),
        segment.diverted.map((record) => record.text),
        segment.diverted.map((record) => record.reason),
      ],
    );
  }
  if (segments.every(({ segment, bad }) => bad === 0 && segment.diverted.length === 0)) return 0;
  const answer = await client.query<{ count: string }>(
    `select count(distinct row_number) as count from ${table} where load_id = $1 and action = 'rejected'`,
    [loadId],
  );
  return Number(answer.rows[0]?.count ?? 0);
}

/** The first rejects of a load, in the order of the file. */
export async function readRejects(client: Client, systemSchema: string, loadId: string): Promise<readonly RejectedCell[]> {
  const answer = await client.query<{ row_number: string; column_name: string; raw_value: string | null; reason: string }>(
    `select row_number, column_name, raw_value, reason from ${identifier(systemSchema, "reject")}
      where load_id = $1 order by row_number, column_name limit ${REPORTED_REJECTS}`,
    [loadId],
  );
  return answer.rows.map((row) => ({ row: Number(row.row_number), column: row.column_name, value: row.raw_value, reason: row.reason }));
}
