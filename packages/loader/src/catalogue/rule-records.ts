import type { RuleResult } from "@polyflow/contracts";
import type { CatalogueSession } from "./catalogue-session.ts";
import { DEFAULT_LIMIT, QueryConditions } from "./query-conditions.ts";

export interface RuleQuery {
  /** Schema and table of the target. */
  readonly schema?: string;
  readonly table?: string;
  readonly rule?: string;
  readonly loadId?: string;
  readonly status?: RuleResult["status"];
  readonly limit?: number;
}

/** One measurement of a rule. */
export interface RuleRecord extends RuleResult {
  readonly loadId: string;
  /** Quoted name of the table. */
  readonly target: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface RuleSample {
  readonly loadId: string;
  readonly rule: string;
  readonly record: { readonly [column: string]: unknown };
}

export async function listRuleResults({ client, schema }: CatalogueSession, query: RuleQuery): Promise<readonly RuleRecord[]> {
  const conditions = new QueryConditions()
    .add("r.rule = ?", query.rule)
    .add("r.load_id::text = ?", query.loadId)
    .add("r.status = ?", query.status)
    .add(`exists (select from ${schema}.load_ledger l where l.load_id = r.load_id and l.target_schema = ?)`, query.schema)
    .add(`exists (select from ${schema}.load_ledger l where l.load_id = r.load_id and l.target_table = ?)`, query.table);
  const answer = await client.query<{ record: RuleRecord }>(
    `select jsonb_strip_nulls(jsonb_build_object('loadId', r.load_id, 'target', r.target, 'name', r.rule, 'metric', r.metric, 'column', r.column_name,
         'severity', r.severity, 'status', r.status, 'expected', r.expected, 'actual', r.actual, 'unit', r.unit, 'note', r.note,
         'at', to_char(r.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) as record
       from ${schema}.rule_result r${conditions.where} order by r.at desc, r.rule limit ${conditions.place(query.limit ?? DEFAULT_LIMIT)}`,
    conditions.values,
  );
  return answer.rows.map((row) => row.record);
}

export async function listRuleSamples(
  { client, schema }: CatalogueSession,
  query: { readonly loadId: string; readonly rule?: string },
): Promise<readonly RuleSample[]> {
  const conditions = new QueryConditions().add("load_id::text = ?", query.loadId).add("rule = ?", query.rule);
  const answer = await client.query<RuleSample>(
    `select load_id as "loadId", rule, record from ${schema}.rule_sample${conditions.where} order by rule, position`,
    conditions.values,
  );
  return answer.rows;
}
