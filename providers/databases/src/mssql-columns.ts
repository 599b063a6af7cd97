import type { ExtractDialect } from "@polyflow/sdk/runtime";
import type { ReaderColumn } from "./extract-sql.ts";

export const MSSQL_DIALECT: ExtractDialect = {
  identifier: (name) => `[${name.replaceAll("]", "]]")}]`,
  // the server takes a text for what the column is
  literal: (text) => `N'${text.replaceAll("'", "''")}'`,
  // 126 is ISO 8601 with all digits; types that are no times ignore it
  asText: (expression) => `convert(varchar(50), ${expression}, 126)`,
};

/** Asks for names and types of a statement's columns (SQL Server 2012 and newer). */
export function describeStatement(statement: string): string {
  const text = MSSQL_DIALECT.literal(statement);
  return `select name, system_type_name, error_message from sys.dm_exec_describe_first_result_set(${text}, null, 0) order by column_ordinal`;
}

/**
 * A column, converted by the server: the driver would make a number of a decimal and cut times to milliseconds.
 * @param type like `decimal(18,4)`, as the server calls it
 */
export function exactColumn(name: string, type: string): ReaderColumn {
  const column = MSSQL_DIALECT.identifier(name);
  const expression = exactExpression(column, type.replace(/\(.*/, "").toLowerCase());
  return { name, expression: expression === column ? column : `${expression} as ${column}` };
}

type Convert = (column: string) => string;

const byStyle =
  (style: string): Convert =>
  (column) =>
    `convert(varchar(50), ${column}${style})`;
const bytes: Convert = (column) => `'\\x' + lower(convert(varchar(max), convert(varbinary(max), ${column}), 2))`;
const described: Convert = (column) => `convert(nvarchar(max), ${column})`;

/** Types whose values the driver would change, with what the server makes of them; all others are texts already. */
const CONVERSIONS: ReadonlyMap<string, Convert> = new Map([
  ...["decimal", "numeric", "bigint", "uniqueidentifier"].map((type) => [type, byStyle("")] as const),
  ...["money", "smallmoney"].map((type) => [type, byStyle(", 2")] as const),
  // 17 digits come back as the same number
  ...["float", "real"].map((type) => [type, byStyle(", 3")] as const),
  ...["date", "time", "datetime", "datetime2", "smalldatetime", "datetimeoffset"].map((type) => [type, byStyle(", 126")] as const),
  ...["binary", "varbinary", "image", "timestamp", "rowversion"].map((type) => [type, bytes] as const),
  ...["xml", "sql_variant", "geography", "geometry", "hierarchyid"].map((type) => [type, described] as const),
  ["bit", (column) => `case ${column} when 1 then 'true' when 0 then 'false' end`],
]);

function exactExpression(column: string, type: string): string {
  return CONVERSIONS.get(type)?.(column) ?? column;
}
