import type { ColumnProfile } from "../target/profile-table.ts";
import { identifier } from "../sql-text.ts";
import type { CatalogueSession } from "./catalogue-session.ts";
import { DEFAULT_LIMIT, QueryConditions } from "./query-conditions.ts";

export interface ProfileQuery {
  /** Schema and table of the target. */
  readonly schema: string;
  readonly table: string;
  readonly column?: string;
  readonly limit?: number;
}

/** What was known of a column after a load. */
export interface ProfileRecord {
  readonly loadId: string;
  readonly column: string;
  readonly profile: ColumnProfile;
  /** ISO 8601. */
  readonly at: string;
}

export async function listProfiles({ client, schema }: CatalogueSession, query: ProfileQuery): Promise<readonly ProfileRecord[]> {
  const conditions = new QueryConditions().add("target = ?", identifier(query.schema, query.table)).add("column_name = ?", query.column);
  const answer = await client.query<{ record: ProfileRecord }>(
    `select jsonb_build_object('loadId', load_id, 'column', column_name, 'profile', profile,
         'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as record
       from ${schema}.profile${conditions.where} order by at desc, column_name limit ${conditions.place(query.limit ?? DEFAULT_LIMIT)}`,
    conditions.values,
  );
  return answer.rows.map((row) => row.record);
}
