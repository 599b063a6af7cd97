import type { QualityRule } from "@polyflow/metadata-model";
import { identifier, identifiers, literal, literals } from "../sql-text.ts";

/**
 * The SQL condition, on the alias `t` of the table, that is true for rows that break the rule; undefined for rules that are not about rows.
 * @param table qualified and quoted
 */
export function brokenRows(rule: QualityRule, table: string): string | undefined {
  const column = `t.${identifier(rule.column ?? "")}`;
  switch (rule.metric) {
    case "nullValues":
      return `${column} is null`;
    case "missingValues":
      return missing(rule, column);
    case "invalidValues":
      return invalid(rule, column).join(" or ");
    case "reference":
      return unreferenced(rule, column);
    case "duplicateValues": {
      const names = identifiers(rule.columns);
      const isNull = rule.columns.map((name) => `${identifier(name)} is not null`).join(" and ");
      return `(${identifiers(rule.columns, "t.")}) in (select ${names} from ${table} where ${isNull} group by ${names} having count(*) > 1)`;
    }
    case "rowCount":
    case "sql":
    case "freshness":
    case "volume":
    case "distribution":
    case "aggregate":
    case "callable":
      return undefined;
  }
}

/** Rules whose broken rows can be counted in the one scan that all of them share. */
export function isRowRule(rule: QualityRule): boolean {
  return rule.metric === "nullValues" || rule.metric === "missingValues" || rule.metric === "invalidValues";
}

function missing(rule: QualityRule, column: string): string {
  const texts = rule.missingValues.filter((value) => value !== null);
  const conditions = rule.missingValues.includes(null) ? [`${column} is null`] : [];
  if (texts.length > 0) conditions.push(`${column}::text in (${literals(texts)})`);
  return conditions.join(" or ");
}

function invalid(rule: QualityRule, column: string): readonly string[] {
  const conditions: string[] = [];
  if (rule.validValues !== undefined) conditions.push(`${column}::text not in (${literals(rule.validValues)})`);
  if (rule.pattern !== undefined) conditions.push(`${column}::text !~ ${literal(`^(?:${rule.pattern})$`)}`);
  // an untyped literal takes the type of the column that it is compared with
  if (rule.minimum !== undefined) conditions.push(`${column} < ${literal(rule.minimum)}`);
  if (rule.maximum !== undefined) conditions.push(`${column} > ${literal(rule.maximum)}`);
  if (rule.minLength !== undefined) conditions.push(`char_length(${column}::text) < ${rule.minLength}`);
  if (rule.maxLength !== undefined) conditions.push(`char_length(${column}::text) > ${rule.maxLength}`);
  return conditions;
}

function unreferenced(rule: QualityRule, column: string): string {
  const to = rule.implementation?.rule === "reference" ? rule.implementation.to : undefined;
  if (to?.schema === undefined || to.table === undefined || to.column === undefined) return `${column} is not null`;
  return `${column} is not null and not exists (select from ${identifier(to.schema, to.table)} o where o.${identifier(to.column)} = ${column})`;
}
