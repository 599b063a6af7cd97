import { mssqlDialect } from "../target/strategy/mssql-dialect.ts";
import type { BulkType } from "./bulk-type.ts";
import { spanOf } from "./bulk-words.ts";
import type { BulkWords } from "./bulk-words.ts";
import { mssqlType } from "./mssql-types.ts";

/** 121 reads `2024-12-31 23:59:59.5 +03:00` and its parts. */
const ISO_STYLE = ", 121";
const MOMENTS: ReadonlySet<BulkType["kind"]> = new Set<BulkType["kind"]>(["date", "time", "timestamp", "instant"]);

function style({ kind }: BulkType): string {
  return MOMENTS.has(kind) ? ISO_STYLE : "";
}

/** MS SQL Server from 2012 on. */
export const mssqlWords: BulkWords = {
  name: "MS SQL Server",
  identifier: (...path) => mssqlDialect.identifier(...path),
  literal: (text) => mssqlDialect.literal(text),
  typeOf: mssqlType,
  convert: (text, type) => (type.sql === "nvarchar(max)" ? text : `try_convert(${type.sql}, ${text}${style(type)})`),
  bound: (text, type) => `convert(${type.sql}, ${mssqlDialect.literal(text)}${style(type)})`,
  back: (value, lookback) => {
    const span = spanOf(lookback);
    return span === undefined ? `${value} - ${lookback}` : `dateadd(${span.unit}, -${span.count}, ${value})`;
  },
  asText: (expression, type) => `convert(nvarchar(max), ${expression}${style(type)})`,
  asNumber: (expression) => `convert(float, ${expression})`,
  now: "sysdatetimeoffset()",
  // len() leaves out trailing blanks
  length: (expression) => `(len(${expression} + N'.') - 1)`,
  matches: undefined,
  countIf: (condition) => `count_big(case when ${condition} then 1 end)`,
  first: (count, { what, from }) => `select top (${count}) ${what} from ${from}`,
  rowJson: (columns) => {
    const parts = columns.map((column) => {
      const name = mssqlDialect.literal(`"${column.replaceAll('"', '\\"')}":`);
      const value = `replace(replace(convert(nvarchar(max), t.${mssqlDialect.identifier(column)}), N'\\', N'\\\\'), N'"', N'\\"')`;
      return `${name} + isnull(N'"' + ${value} + N'"', N'null')`;
    });
    return `N'{' + ${parts.join(" + N',' + ")} + N'}'`;
  },
  median: (column, from) =>
    `select top (1) percentile_cont(0.5) within group (order by convert(float, ${column})) over () from ${from} where ${column} is not null`,
  hoursSince: (column) => `datediff(second, convert(datetimeoffset(6), max(${column})), sysdatetimeoffset()) / 3600.0`,
  standardDeviation: "stdev",
};
