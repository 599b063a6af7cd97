import type { DriftAction, DriftKind } from "../contract/drift.ts";
import type { CatalogueSession } from "./catalogue-session.ts";
import { DEFAULT_LIMIT, QueryConditions } from "./query-conditions.ts";

export interface DriftQuery {
  readonly flow?: string;
  readonly state?: DriftRecord["state"];
  readonly driftId?: number;
  readonly limit?: number;
}

/** A difference between metadata, file and table, as loads have met it. */
export interface DriftRecord {
  readonly driftId: number;
  readonly flow: string;
  /** Quoted name of the table. */
  readonly target: string;
  readonly source: string;
  readonly kind: DriftKind;
  readonly column: string;
  readonly before: string | null;
  readonly after: string | null;
  /** What loads do about it. */
  readonly action: DriftAction;
  readonly state: "open" | "accepted" | "dismissed";
  /** The load that met it last. */
  readonly loadId: string;
  /** How many loads have met it. */
  readonly times: number;
  /** ISO 8601. */
  readonly foundAt: string;
  readonly lastFoundAt: string;
}

export async function listDrift({ client, schema }: CatalogueSession, query: DriftQuery): Promise<readonly DriftRecord[]> {
  const conditions = new QueryConditions().add("flow = ?", query.flow).add("state = ?", query.state).add("drift_id = ?", query.driftId);
  const answer = await client.query<{ record: DriftRecord }>(
    `select jsonb_build_object('driftId', drift_id, 'flow', flow, 'target', target, 'source', source, 'kind', kind, 'column', column_name,
         'before', before, 'after', after, 'action', action, 'state', state, 'loadId', load_id, 'times', times,
         'foundAt', to_char(found_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
         'lastFoundAt', to_char(last_found_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as record
       from ${schema}.drift${conditions.where} order by drift_id desc limit ${conditions.place(query.limit ?? DEFAULT_LIMIT)}`,
    conditions.values,
  );
  return answer.rows.map((row) => row.record);
}
