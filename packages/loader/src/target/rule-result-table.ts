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
