import type { JsonObject, JsonValue } from "@polyflow/contracts";
import { toJson } from "../json-conversion.ts";
import type { SqlRow } from "../task-context.ts";

/** A row as JSON. */
export type JsonRow = { readonly [column: string]: JsonValue };

/** Rows as JSON: what JSON lacks becomes text (instants ISO, bytes hexadecimal as `\x…`, bigint decimal, NaN and infinities by name). */
export function toJsonRows(rows: readonly SqlRow[]): readonly JsonObject[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, toJsonCell(value, column)])));
}

function toJsonCell(value: unknown, column: string): JsonValue {
  if (value === undefined) return null;
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  return toJson(value, `column "${column}"`);
}
