import type { ExtractDialect } from "@polyflow/sdk/runtime";
import type { ReaderColumn } from "./extract-sql.ts";

/** Makes times mean the same as texts, both ways. */
export const ORACLE_SESSION = [
  "alter session set nls_numeric_characters = '.,'",
  "alter session set nls_date_format = 'YYYY-MM-DD\"T\"HH24:MI:SS'",
  "alter session set nls_timestamp_format = 'YYYY-MM-DD\"T\"HH24:MI:SS.FF'",
  "alter session set nls_timestamp_tz_format = 'YYYY-MM-DD\"T\"HH24:MI:SS.FFTZH:TZM'",
  "alter session set time_zone = '+00:00'",
];

export const ORACLE_DIALECT: ExtractDialect = {
  // names are folded by the server as people write them; a name that is no plain word is quoted
  identifier: (name) => (/^[A-Za-z][\w$#]*$/.test(name) ? name : `"${name.replaceAll('"', "")}"`),
  literal: (text) => (/^-?\d+(\.\d+)?$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`),
  asText: (expression) => `to_char(${expression})`,
};

/** A column as text with all its digits. @param type as the driver calls it, like `DB_TYPE_NUMBER` */
export function exactOracleColumn(name: string, type: string): ReaderColumn {
  const column = `"${name.replaceAll('"', "")}"`;
  const expression = exactExpression(column, type.replace("DB_TYPE_", ""));
  return { name, expression: expression === column ? column : `${expression} as ${column}` };
}

function exactExpression(column: string, type: string): string {
  switch (type) {
    case "NUMBER":
    case "BINARY_INTEGER":
    case "BINARY_FLOAT":
    case "BINARY_DOUBLE":
      return `to_char(${column}, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')`;
    case "DATE":
      return `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS')`;
    case "TIMESTAMP":
      return `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.FF')`;
    case "TIMESTAMP_TZ":
    case "TIMESTAMP_LTZ":
      return `to_char(cast(${column} as timestamp with time zone), 'YYYY-MM-DD"T"HH24:MI:SS.FFTZH:TZM')`;
    case "RAW":
      return `case when ${column} is not null then '\\x' || lower(rawtohex(${column})) end`;
    case "INTERVAL_DS":
    case "INTERVAL_YM":
      return `to_char(${column})`;
    default:
      return column;
  }
}
