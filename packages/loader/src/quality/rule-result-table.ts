import type { RuleResult } from "@polyflow/contracts";
import type { Client } from "pg";
import { identifier } from "../sql-text.ts";

/** Adds the results of a load to the history of the rules. */
export async function writeRuleResults(
  client: Client,
  rules: readonly RuleResult[],
  context: { readonly systemSchema: string; readonly loadId: string; readonly target: string },
): Promise<void> {
  if (rules.length === 0) return;
  await client.query(
    `insert into ${identifier(context.systemSchema, "rule_result")}
       (load_id, target, rule, metric, column_name, severity, status, expected, actual, unit, note)
     select $1, $2, r.name, r.metric, r."column", r.severity, r.status, r.expected, r.actual, r.unit, r.note
       from jsonb_to_recordset($3::jsonb)
         as r(name text, metric text, "column" text, severity text, status text, expected text, actual numeric, unit text, note text)`,
    [context.loadId, context.target, JSON.stringify(rules)],
  );
}

/** Keeps rows that broke a rule, so that people see what it was about after the load was taken back. */
export async function writeRuleSamples(
  client: Client,
  samples: readonly { readonly rule: string; readonly record: string }[],
  context: { readonly systemSchema: string; readonly loadId: string; readonly target: string },
): Promise<void> {
  if (samples.length === 0) return;
  await client.query(
    `insert into ${identifier(context.systemSchema)}.rule_sample (load_id, target, rule, position, record)
     select $1, $2, s.rule, row_number() over (partition by s.rule order by s.n), s.record::jsonb
       from unnest($3::text[], $4::text[]) with ordinality as s(rule, record, n)`,
    [context.loadId, context.target, samples.map((sample) => sample.rule), samples.map((sample) => sample.record)],
  );
}
