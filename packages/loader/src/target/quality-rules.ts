import { PolyflowError } from "@polyflow/contracts";
import type { RuleResult } from "@polyflow/contracts";
import type { EntityDefinition, QualityRule, RuleOperator } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { identifier, identifiers, literal, literals } from "../sql-text.ts";
import { tableName } from "./target-table.ts";

/**
 * Measures every rule of the entity on the table as it would be after the commit.
 * Rules that look at rows one by one share a single scan; those over groups and those in SQL take one query each.
 */
export async function checkRules(
  client: Client,
  entity: EntityDefinition,
): Promise<{ readonly rules: readonly RuleResult[]; readonly rowCount: number }> {
  const table = tableName(entity);
  const perRow = entity.rules.filter((rule) => rule.metric !== "duplicateValues" && rule.metric !== "sql");
  const counts = ["count(*)", ...perRow.map(countExpression)].map((expression, index) => `${expression} as n${index}`);
  const answer = await client.query<Record<string, string>>(`select ${counts.join(", ")} from ${table}`);
  const rowCount = Number(answer.rows[0]?.["n0"] ?? 0);
  const measured = new Map(perRow.map((rule, index) => [rule.name, Number(answer.rows[0]?.[`n${index + 1}`] ?? 0)]));
  const rules: RuleResult[] = [];
  for (const rule of entity.rules) {
    const count = measured.get(rule.name) ?? (await measureAlone(client, rule, table));
    rules.push(judge(rule, rule.unit === "percent" ? percentOf(count, rowCount) : count));
  }
  return { rules, rowCount };
}

function countExpression(rule: QualityRule): string {
  const column = identifier(rule.column ?? "");
  switch (rule.metric) {
    case "rowCount":
    case "duplicateValues":
    case "sql":
      return "count(*)";
    case "nullValues":
      return `count(*) filter (where ${column} is null)`;
    case "missingValues": {
      const texts = rule.missingValues.filter((value) => value !== null);
      const conditions = rule.missingValues.includes(null) ? [`${column} is null`] : [];
      if (texts.length > 0) conditions.push(`${column}::text in (${literals(texts)})`);
      return `count(*) filter (where ${conditions.join(" or ")})`;
    }
    case "invalidValues": {
      const conditions: string[] = [];
      if (rule.validValues !== undefined) conditions.push(`${column}::text not in (${literals(rule.validValues)})`);
      if (rule.pattern !== undefined) conditions.push(`${column}::text !~ ${literal(`^(?:${rule.pattern})$`)}`);
      return `count(*) filter (where ${conditions.join(" or ")})`;
    }
  }
}

async function measureAlone(client: Client, rule: QualityRule, table: string): Promise<number> {
  if (rule.metric === "duplicateValues") {
    const columns = identifiers(rule.columns);
    const isNull = rule.columns.map((column) => `${identifier(column)} is not null`).join(" and ");
    return oneNumber(
      client,
      rule,
      `select coalesce(sum(n - 1), 0) from (select count(*) as n from ${table} where ${isNull} group by ${columns} having count(*) > 1) doubled`,
    );
  }
  const query = (rule.query ?? "").replaceAll("{object}", () => table).replaceAll("{property}", () => identifier(rule.column ?? ""));
  return oneNumber(client, rule, query);
}

async function oneNumber(client: Client, rule: QualityRule, query: string): Promise<number> {
  let value: unknown;
  try {
    const answer = await client.query<unknown[]>({ text: query, rowMode: "array" });
    value = answer.rows[0]?.[0];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new PolyflowError("quality_rule_failed", `The rule "${rule.name}" cannot be measured: ${message}. Its query: ${query}`, {
      cause: error,
    });
  }
  const number = value === null || value === undefined ? 0 : Number(value);
  if (Number.isFinite(number)) return number;
  throw new PolyflowError(
    "quality_rule_failed",
    `The rule "${rule.name}" returned ${JSON.stringify(value)} instead of a number. Its query: ${query}`,
  );
}

function percentOf(count: number, rowCount: number): number {
  return rowCount === 0 ? 0 : Math.round((count / rowCount) * 1_000_000) / 10_000;
}

function judge(rule: QualityRule, actual: number): RuleResult {
  const passed = satisfies(rule.operator, actual);
  const status = passed ? "passed" : rule.severity === "error" ? "failed" : "warned";
  return {
    name: rule.name,
    metric: rule.metric,
    ...(rule.column === undefined ? {} : { column: rule.column }),
    severity: rule.severity,
    status,
    expected: describe(rule.operator, rule.unit),
    actual,
    unit: rule.unit,
  };
}

function satisfies(operator: RuleOperator, actual: number): boolean {
  switch (operator.kind) {
    case "mustBe":
      return actual === operator.value;
    case "mustNotBe":
      return actual !== operator.value;
    case "mustBeGreaterThan":
      return actual > operator.value;
    case "mustBeGreaterOrEqualTo":
      return actual >= operator.value;
    case "mustBeLessThan":
      return actual < operator.value;
    case "mustBeLessOrEqualTo":
      return actual <= operator.value;
    case "mustBeBetween":
      return actual >= operator.from && actual <= operator.to;
    case "mustNotBeBetween":
      return actual < operator.from || actual > operator.to;
  }
}

const SIGNS = {
  mustBe: "=",
  mustNotBe: "≠",
  mustBeGreaterThan: ">",
  mustBeGreaterOrEqualTo: "≥",
  mustBeLessThan: "<",
  mustBeLessOrEqualTo: "≤",
  mustBeBetween: "between",
  mustNotBeBetween: "not between",
} as const;

function describe(operator: RuleOperator, unit: "rows" | "percent"): string {
  const sign = SIGNS[operator.kind];
  const suffix = unit === "percent" ? " %" : "";
  return "value" in operator ? `${sign} ${operator.value}${suffix}` : `${sign} ${operator.from} and ${operator.to}${suffix}`;
}
