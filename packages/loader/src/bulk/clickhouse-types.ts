import type { EntityColumn } from "@polyflow/metadata-model";
import { signedRange, unknownType, writtenType } from "./bulk-type.ts";
import type { BulkType } from "./bulk-type.ts";

const INTEGERS: { readonly [name: string]: readonly [sql: string, bits: number] } = {
  int8: ["Int64", 64],
  smallint: ["Int16", 16],
  int2: ["Int16", 16],
  int16: ["Int16", 16],
  integer: ["Int32", 32],
  int: ["Int32", 32],
  int4: ["Int32", 32],
  int32: ["Int32", 32],
  bigint: ["Int64", 64],
  int64: ["Int64", 64],
};
const SIMPLE: { readonly [name: string]: BulkType } = {
  uint8: { sql: "UInt8", kind: "integer", range: [0n, (1n << 8n) - 1n] },
  uint16: { sql: "UInt16", kind: "integer", range: [0n, (1n << 16n) - 1n] },
  uint32: { sql: "UInt32", kind: "integer", range: [0n, (1n << 32n) - 1n] },
  uint64: { sql: "UInt64", kind: "integer", range: [0n, (1n << 64n) - 1n] },
  real: { sql: "Float32", kind: "float" },
  float4: { sql: "Float32", kind: "float" },
  float32: { sql: "Float32", kind: "float" },
  float8: { sql: "Float64", kind: "float" },
  float64: { sql: "Float64", kind: "float" },
  "double precision": { sql: "Float64", kind: "float" },
  bool: { sql: "Bool", kind: "boolean" },
  boolean: { sql: "Bool", kind: "boolean" },
  date: { sql: "Date32", kind: "date" },
  date32: { sql: "Date32", kind: "date" },
  uuid: { sql: "UUID", kind: "uuid" },
};
const INSTANTS: ReadonlySet<string> = new Set(["timestamptz", "timestamp with time zone", "datetime64", "datetime"]);
const TIMESTAMPS: ReadonlySet<string> = new Set(["timestamp", "timestamp without time zone"]);
const TEXTS: ReadonlySet<string> = new Set(["text", "varchar", "character varying", "char", "character", "bpchar", "string"]);
const OTHERS: ReadonlySet<string> = new Set(["json", "jsonb", "time", "interval"]);

/**
 * The type of ClickHouse for a column, whether its entity writes it as PostgreSQL or as ClickHouse does.
 * @throws PolyflowError `metadata_invalid` for a type that would lose digits
 */
export function clickhouseType(column: EntityColumn): BulkType {
  const { name, first, second } = writtenType(column);
  const integer = INTEGERS[name];
  if (integer !== undefined) return { sql: integer[0], kind: "integer", range: signedRange(integer[1]) };
  if ((name === "numeric" || name === "decimal") && first !== undefined)
    return { sql: `Decimal(${first},${second ?? 0})`, kind: "decimal", digits: [first, second ?? 0] };
  const simple = SIMPLE[name];
  if (simple !== undefined) return simple;
  const moment = `DateTime64(${first ?? 6}, 'UTC')`;
  if (INSTANTS.has(name)) return { sql: moment, kind: "instant" };
  if (TIMESTAMPS.has(name)) return { sql: moment, kind: "timestamp" };
  if (TEXTS.has(name)) return { sql: "String", kind: "text", ...(first === undefined ? {} : { length: first }) };
  if (OTHERS.has(name)) return { sql: "String", kind: name === "time" ? "time" : "other" };
  return unknownType(column, "ClickHouse");
}
