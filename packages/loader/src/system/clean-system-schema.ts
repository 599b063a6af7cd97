import type { Client } from "pg";
import { identifier } from "../sql-text.ts";

export interface CleaningRequest {
  readonly client: Client;
  /** @default "df" */
  readonly systemSchema?: string;
  /** What is older goes. */
  readonly olderThanDays: number;
  /** Only counts. @default false */
  readonly dryRun?: boolean;
}

/** How many old rows each system table has, or had. */
export type CleaningCounts = { readonly [table: string]: number };

/**
 * What may go of each table, `$1` days old. Stays, however old: what repeats are told by (loads of append, the last load of each table
 * and slice), rejects and differences that nobody has dealt with, the last profile and the last result of each rule.
 */
const OLD = `now() - $1::double precision * interval '1 day'`;
const CONDITIONS: { readonly [table: string]: string } = {
  rule_sample: `exists (select from SCHEMA.load_ledger l where l.load_id = x.load_id and l.finished_at < ${OLD})`,
  rule_result: `x.at < ${OLD} and exists (select from SCHEMA.rule_result n where n.target = x.target and n.rule = x.rule and n.at > x.at)`,
  profile: `x.at < ${OLD} and exists (select from SCHEMA.profile n where n.target = x.target and n.column_name = x.column_name and n.at > x.at)`,
  reject: `x.at < ${OLD} and x.state in ('replayed', 'dismissed')`,
  drift: `x.last_found_at < ${OLD} and x.state <> 'open'`,
  load_ledger: `x.finished_at < ${OLD}
    and not exists (select from SCHEMA.reject r where r.load_id = x.load_id and (r.state in ('open', 'fixed') or r.at >= ${OLD}))
    and (x.status <> 'loaded' or (x.mode <> 'append'
         and exists (select from SCHEMA.load_ledger n
                      where n.target = x.target and n.slice = x.slice and n.status = 'loaded' and n.finished_at > x.finished_at)))`,
};

/**
 * Deletes what is old and done with in the system tables of a warehouse, in one transaction. Loaded data is not touched.
 * @example await cleanSystemSchema({ client, olderThanDays: 90, dryRun: true }); // { load_ledger: 120, rule_result: 900, … }
 */
export async function cleanSystemSchema({
  client,
  systemSchema = "df",
  olderThanDays,
  dryRun = false,
}: CleaningRequest): Promise<CleaningCounts> {
  const schema = identifier(systemSchema);
  const counts: Record<string, number> = {};
  await client.query("begin");
  try {
    for (const [table, template] of Object.entries(CONDITIONS)) {
      const condition = template.replaceAll("SCHEMA", schema);
      const answer = await client.query(`delete from ${schema}.${identifier(table)} x where ${condition}`, [olderThanDays]);
      counts[table] = answer.rowCount ?? 0;
    }
    await client.query(dryRun ? "rollback" : "commit");
    return counts;
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}
