import type { EntityColumn, EntityDefinition } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { familyOf } from "../cast/type-family.ts";
import { identifier } from "../sql-text.ts";
import { tableName } from "./target-table.ts";

/** Statistics of one column. */
export interface ColumnProfile {
  readonly rows: number;
  readonly nulls: number;
  readonly distinct: number;
  /** As text; null where the type has no order or the column no value. */
  readonly min: string | null;
  readonly max: string | null;
  /** Of numbers only. */
  readonly average: number | null;
  /** Ten buckets of equal width, `from` included; dates and times as seconds since 1970. Empty for other types. */
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly count: number }[];
  /** The ten most frequent values. */
  readonly topValues: readonly { readonly value: string; readonly count: number }[];
  /** Larger tables are looked at through a sample of about this many rows; counts are then those of the sample. */
  readonly sampledRows: number | null;
}

const BUCKETS = 10;
const TOP_VALUES = 10;
/** Above it a sample is taken: exact numbers of distinct values cost a sort of each column. */
const EXACT_ROWS = 500_000;

/** Statistics of the given columns of an entity's table as it is, column by column. */
export async function profileTable(
  client: Client,
  entity: EntityDefinition,
  columns: readonly EntityColumn[],
): Promise<ReadonlyMap<string, ColumnProfile>> {
  const table = tableName(entity);
  const counted = await client.query<{ count: string }>(`select count(*) as count from ${table}`);
  const rows = Number(counted.rows[0]?.count ?? 0);
  const isSampled = rows > EXACT_ROWS;
  const from = isSampled ? `${table} tablesample bernoulli (${((100 * EXACT_ROWS) / rows).toFixed(6)}) repeatable (1)` : table;
  const profiles = new Map<string, ColumnProfile>();
  for (const column of columns) {
    profiles.set(column.column, { ...(await profileColumn(client, from, column)), sampledRows: isSampled ? EXACT_ROWS : null });
  }
  return profiles;
}

type Kind = "number" | "time" | "other";

async function profileColumn(client: Client, from: string, column: EntityColumn): Promise<Omit<ColumnProfile, "sampledRows">> {
  const name = identifier(column.column);
  const kind = kindOf(column);
  // json has no order and no equality; its text has
  const text = familyOf(column.physicalType).kind === "json" ? `${name}::text` : name;
  const answer = await client.query<CountedColumn>(countColumn(from, { name, text, kind, hasOrder: !UNORDERED.test(column.physicalType) }));
  const row = answer.rows[0] ?? NOTHING_COUNTED;
  const top = await client.query<{ value: string; count: string }>(
    `select left(${text}::text, 200) as value, count(*) as count from ${from} where ${name} is not null
      group by 1 order by 2 desc, 1 limit ${TOP_VALUES}`,
  );
  const { low, high } = row;
  return {
    rows: Number(row.rows),
    nulls: Number(row.nulls),
    distinct: Number(row.distinct),
    min: row.min,
    max: row.max,
    average: row.average,
    histogram: low !== null && high !== null && high > low ? await histogramOf(client, from, { name, kind, low, high }) : [],
    topValues: top.rows.map((item) => ({ value: item.value, count: Number(item.count) })),
  };
}

const UNORDERED = /^(jsonb?|boolean|bool|bytea|xml|point|.*\[\])$/i;

interface CountedColumn {
  readonly rows: string;
  readonly nulls: string;
  readonly distinct: string;
  readonly min: string | null;
  readonly max: string | null;
  readonly average: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const NOTHING_COUNTED: CountedColumn = {
  rows: "0",
  nulls: "0",
  distinct: "0",
  min: null,
  max: null,
  average: null,
  low: null,
  high: null,
};

function countColumn(
  from: string,
  column: { readonly name: string; readonly text: string; readonly kind: Kind; readonly hasOrder: boolean },
): string {
  const { name, text, kind, hasOrder } = column;
  const ordered = (call: string): string => (hasOrder ? `${call}(${name})::text` : "null::text");
  const bound = (call: string): string => (kind === "other" ? "null::float8" : `${call}(${numberOf(kind, name)})`);
  return `select count(*) as rows, count(*) - count(${name}) as nulls, count(distinct ${text}) as distinct,
                 ${ordered("min")} as min, ${ordered("max")} as max,
                 ${kind === "number" ? `avg(${name})::float8` : "null::float8"} as average, ${bound("min")} as low, ${bound("max")} as high
            from ${from}`;
}

async function histogramOf(
  client: Client,
  from: string,
  of: { readonly name: string; readonly kind: Kind; readonly low: number; readonly high: number },
): Promise<ColumnProfile["histogram"]> {
  const width = (of.high - of.low) / BUCKETS;
  const edges = Array.from({ length: BUCKETS }, (_, index) => of.low + index * width);
  const answer = await client.query<{ bucket: number; count: string }>(
    `select width_bucket(${numberOf(of.kind, of.name)}, array[${edges.join(",")}]::float8[]) as bucket, count(*) as count
       from ${from} where ${of.name} is not null group by 1`,
  );
  const counts = new Map(answer.rows.map((row) => [Number(row.bucket), Number(row.count)]));
  return edges.map((edge, index) => ({
    from: edge,
    to: index === BUCKETS - 1 ? of.high : edge + width,
    count: counts.get(index + 1) ?? 0,
  }));
}

function kindOf(column: EntityColumn): Kind {
  const { kind } = familyOf(column.physicalType);
  if (kind === "integer" || kind === "number") return "number";
  return /^(date|timestamp)/i.test(column.physicalType) ? "time" : "other";
}

function numberOf(kind: Kind, name: string): string {
  return kind === "time" ? `extract(epoch from ${name})::float8` : `${name}::float8`;
}

/** Keeps the profiles of a load. */
export async function writeProfiles(
  client: Client,
  profiles: ReadonlyMap<string, ColumnProfile>,
  context: { readonly systemSchema: string; readonly loadId: string; readonly target: string },
): Promise<void> {
  for (const [column, profile] of profiles) {
    await client.query(
      `insert into ${identifier(context.systemSchema)}.profile (load_id, target, column_name, profile)
       values ($1, $2, $3, $4::jsonb) on conflict do nothing`,
      [context.loadId, context.target, column, JSON.stringify(profile)],
    );
  }
}
