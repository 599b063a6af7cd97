import { clickhouseWords } from "./clickhouse-words.ts";

const MOMENT = "DateTime64(6, 'UTC')";

/**
 * The tables that loads into ClickHouse keep beside their targets: one statement each, none of which changes what is there. Loads are looked
 * up with `final`: the latest row of a load counts.
 * @param schemaName name of the database, not quoted
 */
export function clickhouseSystemTables(schemaName: string): readonly string[] {
  const table = (name: string): string => `create table if not exists ${clickhouseWords.identifier(schemaName, name)}`;
  const numbers = ["source_bytes", "rows_read", "rows_loaded", "rows_rejected", "rows_filtered", "rows_target"];
  const counts = ["rows_inserted", "rows_updated", "rows_unchanged", "rows_deleted"];
  const texts = [
    "flow",
    "target",
    "target_schema",
    "target_table",
    "mode",
    "fingerprint",
    "definition_hash",
    "slice",
    "status",
    "source_file",
  ];
  const nullable = ["interval_from", "interval_to", "cursor_before", "cursor_after", "cursor_column", "source_state", "error"];
  return [
    `create database if not exists ${clickhouseWords.identifier(schemaName)}`,
    `${table("load_ledger")} (load_id UUID, ${texts.map((name) => `${name} String`).join(", ")}, ${[...numbers, ...counts].map((name) => `${name} Int64`).join(", ")}, ${nullable.map((name) => `${name} Nullable(String)`).join(", ")}, report String, started_at String, finished_at ${MOMENT} default now64(6)) engine = ReplacingMergeTree(finished_at) order by (target, load_id)`,
    `${table("load_intent")} (load_id UUID, target String, flow String, mode String, state String, at ${MOMENT} default now64(6)) engine = MergeTree order by (target, load_id)`,
    `${table("reject")} (load_id UUID, flow String, file String, row_number Int64, column_name String, raw_value Nullable(String), reason String, record String, action String, at ${MOMENT} default now64(6)) engine = MergeTree order by (load_id, row_number)`,
    `${table("rule_result")} (load_id UUID, target String, rule String, metric String, column_name Nullable(String), severity String, status String, expected String, actual Float64, unit String, note Nullable(String), at ${MOMENT} default now64(6)) engine = MergeTree order by (target, rule, at)`,
    `${table("rule_sample")} (load_id UUID, target String, rule String, position Int32, record String) engine = MergeTree order by (load_id, rule, position)`,
    `${table("drift")} (flow String, target String, source String, kind String, column_name String, before Nullable(String), after Nullable(String), action String, load_id UUID, found_at ${MOMENT} default now64(6)) engine = MergeTree order by (flow, found_at)`,
    `${table("loaded_message")} (flow String, message_id String, load_id UUID, loaded_at ${MOMENT} default now64(6)) engine = MergeTree order by (flow, message_id)`,
  ];
}
