import { PolyflowError } from "@polyflow/contracts";
import type { RuleResult } from "@polyflow/contracts";
import type { QualityRule } from "@polyflow/metadata-model";
import { changeAgainst, zscoreAgainst } from "../quality/against-history.ts";
import { judgeRule, NO_HISTORY, percentOf } from "../quality/judge-rule.ts";
import { isRowRule } from "../quality/broken-rows.ts";
import type { CheckedRules } from "../quality/check-rules.ts";
import type { Measurement, RuleCallables } from "../quality/rule-context.ts";
import { LOADED_AT_COLUMN } from "../target/strategy/write-shape.ts";
import type { BulkEngine } from "./bulk-engine.ts";
import { bulkBrokenRows, unknownThere } from "./bulk-broken-rows.ts";
import type { RuleTable } from "./bulk-broken-rows.ts";

const SAMPLES_PER_RULE = 20;

export interface BulkRuleContext extends RuleTable {
  readonly flow: string;
  /** As the ledger names it. */
  readonly target: string;
  readonly loadId: string;
  readonly loaded: number;
  readonly callables: RuleCallables;
}

/** Measures every rule of the entity on the table as it would be after the commit, as `checkRules` does in PostgreSQL. */
export async function checkBulkRules(context: BulkRuleContext): Promise<CheckedRules> {
  const { entity, engine, audited } = context;
  const perRow = entity.rules.filter(isRowRule);
  const counts = perRow.map((rule, index) => `, ${engine.words.countIf(bulkBrokenRows(rule, context) ?? "1 = 0")} as n${index}`);
  const [row] = await engine.session.query(`select count(*) as total${counts.join("")} from ${audited} t`);
  const rowCount = Number(row?.["total"] ?? 0);
  const counted = new Map(perRow.map((rule, index) => [rule.name, Number(row?.[`n${index}`] ?? 0)]));
  const rules: RuleResult[] = [];
  const samples: { readonly rule: string; readonly record: string }[] = [];
  for (const rule of entity.rules) {
    const count = counted.get(rule.name);
    const measured = count === undefined ? await measure({ ...context, rowCount }, rule) : { value: count };
    const result = judgeRule(rule, rule.unit === "percent" ? { ...measured, value: percentOf(measured.value, rowCount) } : measured);
    rules.push(result);
    if (result.status !== "passed") samples.push(...(await sampleBroken(context, rule)));
  }
  return { rules, rowCount, samples };
}

type Measuring = BulkRuleContext & { readonly rowCount: number };

async function measure(context: Measuring, rule: QualityRule): Promise<Measurement> {
  const { engine, audited } = context;
  const { words } = engine;
  const column = words.identifier(rule.column ?? LOADED_AT_COLUMN);
  const { implementation } = rule;
  switch (implementation?.rule) {
    case "reference":
      return measureReference(context, rule);
    case "freshness": {
      const [row] = await ask(
        context,
        rule,
        `select ${words.hoursSince(column)} as hours from ${audited} t where ${column} is not null having count(*) > 0`,
      );
      if (row?.["hours"] == null) return { value: Number.MAX_SAFE_INTEGER, note: "no value at all" };
      return { value: Math.round(Number(row["hours"]) * 100) / 100 };
    }
    case "volume":
      return measureVolume(context, implementation);
    case "aggregate": {
      if (implementation.function === "median") return oneNumber(context, rule, words.median(column, `${audited} t`));
      const name = { avg: "avg", sum: "sum", min: "min", max: "max", stddev: words.standardDeviation }[implementation.function];
      return oneNumber(context, rule, `select ${name}(${words.asNumber(column)}) as value from ${audited} t`);
    }
    case "callable":
      return measureCallable(context, rule, implementation.name);
    case "distribution":
      throw unknownThere(rule, words.name);
    case undefined:
      return measureStandard(context, rule);
  }
}

function measureStandard(context: Measuring, rule: QualityRule): Promise<Measurement> {
  const { audited, engine } = context;
  if (rule.metric === "rowCount") return Promise.resolve({ value: context.rowCount });
  if (rule.metric === "duplicateValues") {
    const names = rule.columns.map((name) => engine.words.identifier(name));
    const isThere = names.map((name) => `${name} is not null`).join(" and ");
    return oneNumber(
      context,
      rule,
      `select sum(n - 1) as value from (select count(*) as n from ${audited} t where ${isThere} group by ${names.join(", ")} having count(*) > 1) doubled`,
    );
  }
  const query = (rule.query ?? "")
    .replaceAll(/\{object\}|\$\{table\}/g, () => audited)
    .replaceAll(/\{property\}|\$\{column\}/g, () => engine.words.identifier(rule.column ?? ""));
  return oneNumber(context, rule, query);
}

async function measureReference(context: Measuring, rule: QualityRule): Promise<Measurement> {
  const { engine, entity, audited } = context;
  const to = rule.implementation?.rule === "reference" ? rule.implementation.to : undefined;
  const other = { ...entity, schema: to?.schema ?? "", table: to?.table ?? "" };
  const isThere = await engine.tables.exists(other);
  const condition = isThere ? bulkBrokenRows(rule, context) : `t.${engine.words.identifier(rule.column ?? "")} is not null`;
  const measured = await oneNumber(context, rule, `select count(*) as value from ${audited} t where ${condition ?? ""}`);
  return isThere ? measured : { ...measured, note: `the table ${engine.words.identifier(other.schema, other.table)} does not exist yet` };
}

async function measureVolume(
  context: Measuring,
  volume: Extract<NonNullable<QualityRule["implementation"]>, { rule: "volume" }>,
): Promise<Measurement> {
  const { engine, flow, target } = context;
  const { first, literal } = engine.words;
  const what = `${volume.of === "loaded" ? "rows_loaded" : "rows_target"} as n`;
  const where = `flow = ${literal(flow)} and target = ${literal(target)} and status in ('loaded', 'superseded')`;
  const rows = await engine.session.query(
    first(volume.last, { what, from: `${engine.records.ledger} where ${where} order by finished_at desc` }),
  );
  const history = rows.map((row) => Number(row["n"]));
  if (history.length < volume.minHistory) return { value: 0, note: NO_HISTORY };
  const now = volume.of === "loaded" ? context.loaded : context.rowCount;
  const value = volume.measure === "change" ? changeAgainst(history, now) : zscoreAgainst(history, now);
  return { value: Math.round(value * 100) / 100, note: `${now} rows, against ${history.length} loads` };
}

async function measureCallable(context: Measuring, rule: QualityRule, name: string): Promise<Measurement> {
  const { engine, audited, loadId } = context;
  const callable = await context.callables(name);
  let value: unknown;
  try {
    value = await callable({ query: (sql, values = []) => engine.session.query(sql, values), table: audited, loadId });
  } catch (error) {
    throw cannotMeasure(rule, error, `metadata/rules/${name}`);
  }
  if (typeof value === "number" && Number.isFinite(value)) return { value };
  throw new PolyflowError(
    "quality_rule_failed",
    `The rule "${rule.name}" (metadata/rules/${name}) returned ${JSON.stringify(value)} instead of a number.`,
  );
}

async function oneNumber(context: BulkRuleContext, rule: QualityRule, query: string): Promise<Measurement> {
  const [row] = await ask(context, rule, query);
  const [value] = Object.values(row ?? {});
  const number = value === null || value === undefined ? 0 : Number(value);
  if (Number.isFinite(number)) return { value: number };
  throw new PolyflowError(
    "quality_rule_failed",
    `The rule "${rule.name}" returned ${JSON.stringify(value)} instead of a number. Its query: ${query}`,
  );
}

async function ask({ engine }: BulkRuleContext, rule: QualityRule, query: string): ReturnType<BulkEngine["session"]["query"]> {
  try {
    return await engine.session.query(query);
  } catch (error) {
    throw cannotMeasure(rule, error, query);
  }
}

function cannotMeasure(rule: QualityRule, error: unknown, how: string): PolyflowError {
  const message = error instanceof Error ? error.message : String(error);
  return new PolyflowError("quality_rule_failed", `The rule "${rule.name}" cannot be measured: ${message}. How it is measured: ${how}`, {
    cause: error,
  });
}

async function sampleBroken(context: BulkRuleContext, rule: QualityRule): Promise<CheckedRules["samples"]> {
  const { engine, entity, audited } = context;
  const condition = bulkBrokenRows(rule, context);
  if (condition === undefined) return [];
  const what = `${engine.words.rowJson(entity.columns.map(({ column }) => column))} as record`;
  const rows = await engine.session.query(engine.words.first(SAMPLES_PER_RULE, { what, from: `${audited} t where ${condition}` }));
  return rows.map((row) => ({ rule: rule.name, record: row["record"] ?? "{}" }));
}
