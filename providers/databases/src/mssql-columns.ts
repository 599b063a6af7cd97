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

function exactExpression(column: string, type: string): string {
  switch (type) {
    case "decimal":
    case "numeric":
    case "bigint":
    case "uniqueidentifier":
      return `convert(varchar(50), ${column})`;
    case "money":
    case "smallmoney":
      return `convert(varchar(50), ${column}, 2)`;
    case "float":
    case "real":
      // 17 digits come back as the same number
      return `convert(varchar(50), ${column}, 3)`;
    case "date":
    case "time":
    case "datetime":
    case "datetime2":
    case "smalldatetime":
    case "datetimeoffset":
      return `convert(varchar(50), ${column}, 126)`;
    case "bit":
      return `case ${column} when 1 then 'true' when 0 then 'false' end`;
    case "binary":
    case "varbinary":
    case "image":
    case "timestamp":
    case "rowversion":
      return `'\\x' + lower(convert(varchar(max), convert(varbinary(max), ${column}), 2))`;
    case "xml":
    case "sql_variant":
    case "geography":
    case "geometry":
    case "hierarchyid":
      return `convert(nvarchar(max), ${column})`;
    default:
      return column;
  }
}
