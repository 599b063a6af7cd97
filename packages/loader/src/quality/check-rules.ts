import { PolyflowError } from "@polyflow/contracts";
import type { RuleResult } from "@polyflow/contracts";
import type { QualityRule } from "@polyflow/metadata-model";
import { identifier, identifiers } from "../sql-text.ts";
import { tableName } from "../target/target-table.ts";
import { brokenRows, isRowRule } from "./broken-rows.ts";
import { measureDistribution } from "./distribution.ts";
import { judgeRule, percentOf } from "./judge-rule.ts";
import { measureFreshness, measureVolume } from "./against-history.ts";
import type { Measurement, RuleContext } from "./rule-context.ts";

/** Rows of each broken rule that are kept for people to look at. */
const SAMPLES_PER_RULE = 20;

export interface CheckedRules {
  readonly rules: readonly RuleResult[];
  readonly rowCount: number;
  /** Rows that broke a rule that did not pass, as JSON. */
  readonly samples: readonly { readonly rule: string; readonly record: string }[];
}

/**
 * Measures every rule of the entity on the table as it would be after the commit.
 * Rules that look at rows one by one share a single scan; those over groups, other tables and history take one query each.
 */
export async function checkRules(context: RuleContext): Promise<CheckedRules> {
  const { client, entity } = context;
  const table = tableName(entity);
  const perRow = entity.rules.filter(isRowRule);
  const counts = perRow.map((rule) => `count(*) filter (where ${brokenRows(rule, table)})`);
  const answer = await client.query<string[]>({ text: `select ${["count(*)", ...counts].join(", ")} from ${table} t`, rowMode: "array" });
  const [rowCount = 0, ...broken] = (answer.rows[0] ?? []).map(Number);
  const counted = new Map(perRow.map((rule, index) => [rule.name, broken[index] ?? 0]));
  const rules: RuleResult[] = [];
  const samples: { readonly rule: string; readonly record: string }[] = [];
  for (const rule of entity.rules) {
    const count = counted.get(rule.name);
    const measured = count === undefined ? await measureAlone({ ...context, rowCount }, rule) : { value: count };
    const result = judgeRule(rule, rule.unit === "percent" ? { ...measured, value: percentOf(measured.value, rowCount) } : measured);
    rules.push(result);
    if (result.status !== "passed") samples.push(...(await sampleBroken(context, rule)));
  }
  return { rules, rowCount, samples };
}

async function measureAlone(context: RuleContext & { readonly rowCount: number }, rule: QualityRule): Promise<Measurement> {
  const table = tableName(context.entity);
  const { implementation } = rule;
  switch (implementation?.rule) {
    case "reference":
      return measureReference(context, rule);
    case "freshness":
      return measureFreshness(context, rule);
    case "volume":
      return measureVolume(context, implementation);
    case "distribution":
      return measureDistribution(context, rule);
    case "aggregate": {
      const column = identifier(rule.column ?? "");
      const name = { avg: "avg", sum: "sum", min: "min", max: "max", stddev: "stddev_samp", median: "median" }[implementation.function];
      const call = name === "median" ? `percentile_cont(0.5) within group (order by ${column}::float8)` : `${name}(${column})`;
      return oneNumber(context, rule, `select ${call} from ${table}`);
    }
    case "callable":
      return measureCallable(context, { rule, name: implementation.name });
    case undefined:
      return measureStandard(context, rule);
  }
}

async function measureStandard(context: RuleContext & { readonly rowCount: number }, rule: QualityRule): Promise<Measurement> {
  const table = tableName(context.entity);
  if (rule.metric === "rowCount") return { value: context.rowCount };
  if (rule.metric === "duplicateValues") {
    const columns = identifiers(rule.columns);
    const isNull = rule.columns.map((column) => `${identifier(column)} is not null`).join(" and ");
    return oneNumber(
      context,
      rule,
      `select coalesce(sum(n - 1), 0) from (select count(*) as n from ${table} where ${isNull} group by ${columns} having count(*) > 1) doubled`,
    );
  }
  const query = (rule.query ?? "")
    .replaceAll(/\{object\}|\$\{table\}/g, () => table)
    .replaceAll(/\{property\}|\$\{column\}/g, () => identifier(rule.column ?? ""));
  return oneNumber(context, rule, query);
}

async function measureReference(context: RuleContext, rule: QualityRule): Promise<Measurement> {
  const to = rule.implementation?.rule === "reference" ? rule.implementation.to : undefined;
  const other = identifier(to?.schema ?? "", to?.table ?? "");
  const found = await context.client.query<{ there: boolean }>("select to_regclass($1) is not null as there", [other]);
  if (found.rows[0]?.there !== true) {
    const measured = await oneNumber(
      context,
      rule,
      `select count(*) from ${tableName(context.entity)} t where t.${identifier(rule.column ?? "")} is not null`,
    );
    return { ...measured, note: `the table ${other} does not exist yet` };
  }
  return oneNumber(
    context,
    rule,
    `select count(*) from ${tableName(context.entity)} t where ${brokenRows(rule, tableName(context.entity))}`,
  );
}

async function measureCallable(
  context: RuleContext,
  { rule, name }: { readonly rule: QualityRule; readonly name: string },
): Promise<Measurement> {
  const { client, loadId } = context;
  const callable = await context.callables(name);
  let value: unknown;
  try {
    value = await callable({
      query: async (sql, values = []) => (await client.query<Record<string, unknown>>(sql, [...values])).rows,
      table: tableName(context.entity),
      loadId,
    });
  } catch (error) {
    throw cannotMeasure(rule, error, `metadata/rules/${name}`);
  }
  if (typeof value === "number" && Number.isFinite(value)) return { value };
  throw new PolyflowError(
    "quality_rule_failed",
    `The rule "${rule.name}" (metadata/rules/${name}) returned ${JSON.stringify(value)} instead of a number.`,
  );
}

async function oneNumber(context: RuleContext, rule: QualityRule, query: string): Promise<Measurement> {
  let value: unknown;
  try {
    const answer = await context.client.query<unknown[]>({ text: query, rowMode: "array" });
    value = answer.rows[0]?.[0];
  } catch (error) {
    throw cannotMeasure(rule, error, query);
  }
  const number = value === null || value === undefined ? 0 : Number(value);
  if (Number.isFinite(number)) return { value: number };
  throw new PolyflowError(
    "quality_rule_failed",
    `The rule "${rule.name}" returned ${JSON.stringify(value)} instead of a number. Its query: ${query}`,
  );
}

function cannotMeasure(rule: QualityRule, error: unknown, how: string): PolyflowError {
  const message = error instanceof Error ? error.message : String(error);
  return new PolyflowError("quality_rule_failed", `The rule "${rule.name}" cannot be measured: ${message}. How it is measured: ${how}`, {
    cause: error,
  });
}

async function sampleBroken({ client, entity }: RuleContext, rule: QualityRule): Promise<CheckedRules["samples"]> {
  const table = tableName(entity);
  const condition = brokenRows(rule, table);
  if (condition === undefined) return [];
  const answer = await client.query<{ record: string }>(
    `select to_jsonb(t)::text as record from ${table} t where ${condition} limit ${SAMPLES_PER_RULE}`,
  );
  return answer.rows.map(({ record }) => ({ rule: rule.name, record }));
}
