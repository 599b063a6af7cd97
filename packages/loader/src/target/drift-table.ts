import type { Client } from "pg";
import type { Drift } from "../contract/drift.ts";
import type { LoadSubject } from "../load-request.ts";
import { identifier } from "../sql-text.ts";
import { tableName } from "./target-table.ts";

/** Keeps what a load has found; what is open already is only found once more. */
export async function writeDrift(client: Client, systemSchema: string, request: LoadSubject, drift: readonly Drift[]): Promise<void> {
  for (const { kind, column, before, after, action } of drift) {
    await client.query(
      `insert into ${identifier(systemSchema)}.drift as d (flow, target, source, kind, column_name, before, after, action, load_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (flow, target, kind, column_name, coalesce(after, '')) where state = 'open'
       do update set times = d.times + 1, last_found_at = clock_timestamp(), load_id = excluded.load_id, action = excluded.action`,
      [request.flow.name, tableName(request.entity), request.source.name, kind, column, before, after, action, request.loadId],
    );
  }
}
