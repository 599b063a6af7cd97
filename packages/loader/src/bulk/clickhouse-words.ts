import type { BulkType } from "./bulk-type.ts";
import { spanOf } from "./bulk-words.ts";
import type { BulkWords } from "./bulk-words.ts";
import { clickhouseType } from "./clickhouse-types.ts";

function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function identifier(...path: readonly string[]): string {
  return path.map((name) => `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``).join(".");
}

function convert(text: string, type: BulkType): string {
  switch (type.kind) {
    case "text":
    case "other":
      return text;
    case "date":
      return `toDate32OrNull(${text})`;
    case "timestamp":
    case "instant":
      // instants have their offset, timestamps are taken as of UTC
      return `parseDateTime64BestEffortOrNull(${text}, ${/\((\d)/.exec(type.sql)?.[1] ?? "6"}, 'UTC')`;
    case "time":
      return text;
    case "uuid":
      return `toUUIDOrNull(${text})`;
    case "integer":
    case "decimal":
    case "float":
    case "boolean":
      return `accurateCastOrNull(${text}, '${type.sql}')`;
  }
}

/** ClickHouse from 22.8 on. */
export const clickhouseWords: BulkWords = {
  name: "ClickHouse",
  identifier,
  literal,
  typeOf: clickhouseType,
  convert,
  bound: (text, type) => convert(literal(text), type),
  back: (value, lookback) => {
    const span = spanOf(lookback);
    return span === undefined ? `${value} - ${lookback}` : `${value} - interval ${span.count} ${span.unit}`;
  },
  asText: (expression) => `toString(${expression})`,
  asNumber: (expression) => `toFloat64(${expression})`,
  now: "now64(6)",
  length: (expression) => `lengthUTF8(${expression})`,
  matches: (expression, pattern) => `match(${expression}, ${literal(`^(?:${pattern})$`)})`,
  countIf: (condition) => `countIf(${condition})`,
  first: (count, { what, from }) => `select ${what} from ${from} limit ${count}`,
  rowJson: (columns) => `toJSONString(map(${columns.map((column) => `${literal(column)}, toString(t.${identifier(column)})`).join(", ")}))`,
  median: (column, from) => `select quantileExactInclusive(0.5)(toFloat64(${column})) from ${from} where ${column} is not null`,
  hoursSince: (column) => `dateDiff('second', max(toDateTime64(${column}, 6, 'UTC')), now64(6)) / 3600.0`,
  standardDeviation: "stddevSamp",
};
