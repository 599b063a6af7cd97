import type { QualityRule, RuleImplementation } from "@polyflow/metadata-model";
import { identifier } from "../sql-text.ts";
import { LOADED_AT_COLUMN } from "../target/strategy/write-shape.ts";
import { tableName } from "../target/target-table.ts";
import { NO_HISTORY } from "./judge-rule.ts";
import type { Measurement, RuleContext } from "./rule-context.ts";

/** Hours since the greatest value of the column; an empty table is as old as can be. */
export async function measureFreshness({ client, entity }: RuleContext, rule: QualityRule): Promise<Measurement> {
  const column = identifier(rule.column ?? LOADED_AT_COLUMN);
  const answer = await client.query<{ hours: string | null }>(
    `select extract(epoch from transaction_timestamp() - max(${column})::timestamptz) / 3600 as hours from ${tableName(entity)}`,
  );
  const hours = answer.rows[0]?.hours ?? null;
  return hours === null ? { value: Number.MAX_SAFE_INTEGER, note: "no value at all" } : { value: Math.round(Number(hours) * 100) / 100 };
}

/** How unusual the number of rows is, compared with earlier loads of the flow. */
export async function measureVolume(
  context: RuleContext & { readonly rowCount: number },
  volume: Extract<RuleImplementation, { rule: "volume" }>,
): Promise<Measurement> {
  const { client, systemSchema, entity, flow } = context;
  const answer = await client.query<{ rows: string }>(
    `select ${volume.of === "loaded" ? "rows_loaded" : "rows_target"} as rows from ${identifier(systemSchema)}.load_ledger
      where flow = $1 and target = $2 and status in ('loaded', 'superseded') order by finished_at desc limit $3`,
    [flow, tableName(entity), volume.last],
  );
  const history = answer.rows.map((row) => Number(row.rows));
  if (history.length < volume.minHistory) return { value: 0, note: NO_HISTORY };
  const now = volume.of === "loaded" ? context.loaded : context.rowCount;
  const value = volume.measure === "change" ? changeAgainst(history, now) : zscoreAgainst(history, now);
  return {
    value: Math.round(value * 100) / 100,
    note: `${now} rows, against ${history.length} loads of about ${Math.round(median(history))}`,
  };
}

/** Percent above or below the median; from nothing to something is a change of 100 %. */
export function changeAgainst(history: readonly number[], now: number): number {
  const usual = median(history);
  return usual === 0 ? (now === 0 ? 0 : 100) : ((now - usual) / usual) * 100;
}

/** Standard deviations from the mean; where all were equal, any difference is beyond measure. */
export function zscoreAgainst(history: readonly number[], now: number): number {
  const mean = history.reduce((sum, value) => sum + value, 0) / history.length;
  const variance = history.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, history.length - 1);
  const deviation = Math.sqrt(variance);
  if (deviation === 0) return now === mean ? 0 : Math.sign(now - mean) * BEYOND_MEASURE;
  return (now - mean) / deviation;
}

const BEYOND_MEASURE = 1000;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
