import type { EntityColumn } from "@polyflow/metadata-model";
import { signedRange, unknownType, writtenType } from "./bulk-type.ts";
import type { BulkType } from "./bulk-type.ts";

/** Longest text that an index of SQL Server takes, and that a type with a length can have. */
const KEY_LENGTH = 450;
const LONGEST = 4000;

const INTEGERS: { readonly [name: string]: readonly [sql: string, bits: number] } = {
  smallint: ["smallint", 16],
  int2: ["smallint", 16],
  integer: ["int", 32],
  int: ["int", 32],
  int4: ["int", 32],
  bigint: ["bigint", 64],
  int8: ["bigint", 64],
};
const SIMPLE: { readonly [name: string]: BulkType } = {
  tinyint: { sql: "tinyint", kind: "integer", range: [0n, 255n] },
  real: { sql: "real", kind: "float" },
  float4: { sql: "real", kind: "float" },
  float: { sql: "float", kind: "float" },
  float8: { sql: "float", kind: "float" },
  "double precision": { sql: "float", kind: "float" },
  money: { sql: "money", kind: "decimal", digits: [18, 4] },
  smallmoney: { sql: "smallmoney", kind: "decimal", digits: [9, 4] },
  bit: { sql: "bit", kind: "boolean" },
  bool: { sql: "bit", kind: "boolean" },
  boolean: { sql: "bit", kind: "boolean" },
  date: { sql: "date", kind: "date" },
  datetime: { sql: "datetime", kind: "timestamp" },
  smalldatetime: { sql: "smalldatetime", kind: "timestamp" },
  uuid: { sql: "uniqueidentifier", kind: "uuid" },
  uniqueidentifier: { sql: "uniqueidentifier", kind: "uuid" },
};
/** Types with a precision of seconds, six digits unless they say otherwise. */
const MOMENTS: { readonly [name: string]: readonly [sql: string, kind: BulkType["kind"]] } = {
  time: ["time", "time"],
  "time without time zone": ["time", "time"],
  timestamp: ["datetime2", "timestamp"],
  "timestamp without time zone": ["datetime2", "timestamp"],
  datetime2: ["datetime2", "timestamp"],
  timestamptz: ["datetimeoffset", "instant"],
  "timestamp with time zone": ["datetimeoffset", "instant"],
  datetimeoffset: ["datetimeoffset", "instant"],
};
const SIZED_TEXTS: ReadonlySet<string> = new Set([
  "varchar",
  "character varying",
  "nvarchar",
  "char",
  "nchar",
  "character",
  "bpchar",
  "text",
  "ntext",
]);
const OTHERS: ReadonlySet<string> = new Set(["json", "jsonb", "xml", "interval"]);

/**
 * The type of SQL Server for a column, whether its entity writes it as PostgreSQL or as SQL Server does.
 * @param isKey keys need a length that an index takes
 * @throws PolyflowError `metadata_invalid` for a type that would lose digits
 */
export function mssqlType(column: EntityColumn, isKey: boolean): BulkType {
  const { name, first, second } = writtenType(column);
  const integer = INTEGERS[name];
  if (integer !== undefined) return { sql: integer[0], kind: "integer", range: signedRange(integer[1]) };
  if ((name === "numeric" || name === "decimal") && first !== undefined)
    return { sql: `decimal(${first},${second ?? 0})`, kind: "decimal", digits: [first, second ?? 0] };
  const simple = SIMPLE[name];
  if (simple !== undefined) return simple;
  const moment = MOMENTS[name];
  if (moment !== undefined) return { sql: `${moment[0]}(${Math.min(first ?? 6, 7)})`, kind: moment[1] };
  if (SIZED_TEXTS.has(name)) return textType(first, isKey);
  if (OTHERS.has(name)) return { sql: "nvarchar(max)", kind: "other" };
  return unknownType(column, "MS SQL Server");
}

function textType(length: number | undefined, isKey: boolean): BulkType {
  const limit = length !== undefined && length <= LONGEST ? length : isKey ? KEY_LENGTH : undefined;
  return limit === undefined ? { sql: "nvarchar(max)", kind: "text" } : { sql: `nvarchar(${limit})`, kind: "text", length: limit };
}
