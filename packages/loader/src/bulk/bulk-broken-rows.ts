import { PolyflowError } from "@polyflow/contracts";
import type { EntityDefinition, QualityRule } from "@polyflow/metadata-model";
import type { BulkEngine } from "./bulk-engine.ts";

/** What rules are measured on. */
export interface RuleTable {
  readonly engine: BulkEngine;
  readonly entity: EntityDefinition;
  /** The table as it will be, as a name or a query in parentheses. */
  readonly audited: string;
}

/**
 * The SQL condition, on the alias `t` of the table, that is true for rows that break the rule; undefined for rules that are not about rows,
 * and for duplicates over several columns, whose rows are counted but not shown.
 */
export function bulkBrokenRows(rule: QualityRule, context: RuleTable): string | undefined {
  const { identifier } = context.engine.words;
  const column = `t.${identifier(rule.column ?? "")}`;
  if (rule.metric === "nullValues") return `${column} is null`;
  if (rule.metric === "missingValues" || rule.metric === "invalidValues")
    return conditionsOf(rule, column, context).join(" or ") || "1 = 0";
  if (rule.metric === "reference") return unreferenced(rule, column, context);
  return rule.metric === "duplicateValues" ? doubled(rule, context) : undefined;
}

function unreferenced(rule: QualityRule, column: string, { engine }: RuleTable): string {
  const { identifier } = engine.words;
  const to = rule.implementation?.rule === "reference" ? rule.implementation.to : undefined;
  if (to?.schema === undefined || to.table === undefined || to.column === undefined) return `${column} is not null`;
  const other = `select o.${identifier(to.column)} from ${identifier(to.schema, to.table)} o where o.${identifier(to.column)} is not null`;
  return `${column} is not null and ${column} not in (${other})`;
}

function doubled({ columns }: QualityRule, { engine, audited }: RuleTable): string | undefined {
  const [name, ...more] = columns.map((each) => engine.words.identifier(each));
  if (name === undefined || more.length > 0) return undefined;
  return `t.${name} in (select d.${name} from ${audited} d where d.${name} is not null group by d.${name} having count(*) > 1)`;
}

function conditionsOf(rule: QualityRule, column: string, { engine, entity }: Pick<RuleTable, "engine" | "entity">): readonly string[] {
  const { words } = engine;
  const described = entity.columns.find((candidate) => candidate.column === rule.column);
  const type = described === undefined ? ({ sql: "", kind: "text" } as const) : words.typeOf(described, false);
  const text = words.asText(column, type);
  const list = (values: readonly string[]): string => values.map((value) => words.literal(value)).join(", ");
  if (rule.metric === "missingValues") {
    const texts = rule.missingValues.filter((value) => value !== null);
    return [
      ...(rule.missingValues.includes(null) ? [`${column} is null`] : []),
      ...(texts.length === 0 ? [] : [`${text} in (${list(texts)})`]),
    ];
  }
  const conditions: string[] = [];
  if (rule.validValues !== undefined) conditions.push(`${text} not in (${list(rule.validValues)})`);
  if (rule.pattern !== undefined) {
    if (words.matches === undefined) throw unknownThere(rule, words.name);
    conditions.push(`not ${words.matches(text, rule.pattern)}`);
  }
  if (rule.minimum !== undefined) conditions.push(`${column} < ${words.bound(rule.minimum, type)}`);
  if (rule.maximum !== undefined) conditions.push(`${column} > ${words.bound(rule.maximum, type)}`);
  if (rule.minLength !== undefined) conditions.push(`${words.length(text)} < ${rule.minLength}`);
  if (rule.maxLength !== undefined) conditions.push(`${words.length(text)} > ${rule.maxLength}`);
  return conditions;
}

/** A rule that the database has no words for. */
export function unknownThere(rule: Pick<QualityRule, "name" | "metric">, database: string): PolyflowError {
  return new PolyflowError(
    "metadata_invalid",
    `The rule "${rule.name}" (${rule.metric}) cannot be measured in ${database}; write it as \`type: sql\` in the SQL of ${database}, or take it out.`,
  );
}
