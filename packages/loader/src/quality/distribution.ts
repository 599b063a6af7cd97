import type { QualityRule } from "@polyflow/metadata-model";
import { identifier, literal } from "../sql-text.ts";
import type { ColumnProfile } from "../target/profile-table.ts";
import { tableName } from "../target/target-table.ts";
import { NO_HISTORY } from "./judge-rule.ts";
import type { Measurement, RuleContext } from "./rule-context.ts";

/** Stands for a share of nothing, of which there is no logarithm. */
const SMALLEST_SHARE = 0.0001;

/** The population stability index of a column against its profile after the last load. */
export async function measureDistribution(context: RuleContext, rule: QualityRule): Promise<Measurement> {
  const { client, systemSchema, entity } = context;
  const answer = await client.query<{ profile: ColumnProfile }>(
    `select profile from ${identifier(systemSchema)}.profile where target = $1 and column_name = $2 order by at desc limit 1`,
    [tableName(entity), rule.column],
  );
  const before = answer.rows[0]?.profile;
  if (before === undefined || before.rows === before.nulls) return { value: 0, note: NO_HISTORY };
  const [expected, actual] =
    before.histogram.length > 1 ? await compareHistogram(context, rule, before) : await compareValues(context, rule, before);
  return { value: Math.round(stabilityIndex(expected, actual) * 10_000) / 10_000 };
}

/** Sum over the classes of (actual − expected) · ln(actual / expected), each as a share. */
export function stabilityIndex(expected: readonly number[], actual: readonly number[]): number {
  const shares = (counts: readonly number[]): readonly number[] => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => Math.max(SMALLEST_SHARE, total === 0 ? 0 : count / total));
  };
  const before = shares(expected);
  return shares(actual).reduce((sum, share, index) => {
    const earlier = before[index] ?? SMALLEST_SHARE;
    return sum + (share - earlier) * Math.log(share / earlier);
  }, 0);
}

type Counts = readonly [expected: readonly number[], actual: readonly number[]];

async function compareHistogram({ client, entity }: RuleContext, rule: QualityRule, before: ColumnProfile): Promise<Counts> {
  const column = identifier(rule.column ?? "");
  const edges = before.histogram.map((bucket) => bucket.from);
  const numbers = `(case when pg_typeof(${column})::text ~ '^(date|timestamp)' then extract(epoch from ${column}::text::timestamptz) else ${column}::text::float8 end)`;
  const answer = await client.query<{ bucket: number; count: string }>(
    `select width_bucket(${numbers}::float8, array[${edges.join(",")}]::float8[]) as bucket, count(*) as count
       from ${tableName(entity)} where ${column} is not null group by 1`,
  );
  const counted = new Map(answer.rows.map((row) => [Number(row.bucket), Number(row.count)]));
  // what lies below the first edge is a class of its own that had nothing in it
  const actual = [counted.get(0) ?? 0, ...edges.map((_, index) => counted.get(index + 1) ?? 0)];
  return [[0, ...before.histogram.map((bucket) => bucket.count)], actual];
}

async function compareValues({ client, entity }: RuleContext, rule: QualityRule, before: ColumnProfile): Promise<Counts> {
  const column = identifier(rule.column ?? "");
  const values = before.topValues.map((top) => top.value);
  const list = values.length === 0 ? "null" : values.map((value) => literal(value)).join(", ");
  const answer = await client.query<{ value: string | null; count: string }>(
    `select case when ${column}::text in (${list}) then ${column}::text end as value, count(*) as count
       from ${tableName(entity)} where ${column} is not null group by 1`,
  );
  const counted = new Map(answer.rows.map((row) => [row.value, Number(row.count)]));
  const known = before.topValues.reduce((sum, top) => sum + top.count, 0);
  return [
    [...before.topValues.map((top) => top.count), before.rows - before.nulls - known],
    [...values.map((value) => counted.get(value) ?? 0), counted.get(null) ?? 0],
  ];
}
