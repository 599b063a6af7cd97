import { Readable } from "node:stream";
import { clickhouseSteps, clickhouseType } from "@polyflow/loader";
import type { Connection } from "@polyflow/sdk";
import { CLICKHOUSE_DIALECT, connectClickhouse } from "./clickhouse.ts";
import { statementError } from "./connect-error.ts";
import { type PublishPlan, shapeOf } from "./publish-plan.ts";

/** How the text of the source is to be read. */
const READING = {
  format_csv_null_representation: "",
  input_format_csv_empty_as_default: 0,
  date_time_input_format: "best_effort",
  input_format_null_as_default: 0,
} as const;

/**
 * Streams the rows into a table beside the target, then brings them in: a replace exchanges the two tables, an append is one insert that
 * first takes away what an earlier try of the same load has left.
 * @returns how many rows
 */
export async function publishToClickhouse(connection: Connection, plan: PublishPlan, content: AsyncIterable<Uint8Array>): Promise<number> {
  const client = await connectClickhouse(connection);
  const { target, loadId, mode } = plan;
  const quoted = (...path: readonly string[]): string => path.map((name) => CLICKHOUSE_DIALECT.identifier(name)).join(".");
  const staging = quoted(target[0], `${target[1]}__stage_${loadId.replaceAll("-", "")}`);
  const run = async (query: string): Promise<void> => {
    try {
      await client.command({ query, clickhouse_settings: { mutations_sync: "2" } });
    } catch (error) {
      throw statementError(error, query);
    }
  };
  const steps = clickhouseSteps(shapeOf(plan, { incoming: staging, at: "now64(6)" }));
  try {
    await run(`create database if not exists ${quoted(target[0])}`);
    await run(createTable(plan, quoted(...target)));
    await run(`drop table if exists ${staging}`);
    await run(createStaging(plan, staging));
    await client.insert({
      table: staging,
      values: Readable.from(content, { objectMode: false }),
      format: "CSVWithNames",
      clickhouse_settings: READING,
    });
    const counted = await client.query({ query: `select count() as n from ${staging}`, format: "JSONEachRow" });
    const [row] = await counted.json<{ readonly n: string }>();
    if (mode === "append") await run(`alter table ${quoted(...target)} delete where _load_id = toUUID('${loadId}')`);
    for (const step of steps) await run(step);
    return Number(row?.n ?? 0);
  } finally {
    // what cannot be dropped now is dropped by the next try
    await client.command({ query: `drop table if exists ${staging}` }).catch(() => undefined);
    await client.close();
  }
}

function columnsOf({ entity }: PublishPlan): readonly string[] {
  return entity.columns.map((column) => {
    const type = clickhouseType(column).sql;
    const isKey = entity.primaryKey.includes(column.column);
    return `${CLICKHOUSE_DIALECT.identifier(column.column)} ${column.required || isKey ? type : `Nullable(${type})`}`;
  });
}

function createTable(plan: PublishPlan, target: string): string {
  const order = plan.entity.primaryKey.map((name) => CLICKHOUSE_DIALECT.identifier(name)).join(", ");
  const columns = [...columnsOf(plan), "_load_id UUID", "_loaded_at DateTime64(6, 'UTC')"];
  return `create table if not exists ${target} (${columns.join(", ")}) engine = MergeTree order by (${order === "" ? "tuple()" : order})`;
}

function createStaging(plan: PublishPlan, staging: string): string {
  return `create table ${staging} (${columnsOf(plan).join(", ")}) engine = MergeTree order by tuple()`;
}
