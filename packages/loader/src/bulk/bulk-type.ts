import { PolyflowError } from "@polyflow/contracts";
import type { EntityColumn } from "@polyflow/metadata-model";

/** How the values of a type are judged before the database converts them. */
export type BulkKind = "text" | "integer" | "decimal" | "float" | "boolean" | "date" | "time" | "timestamp" | "instant" | "uuid" | "other";

/** A type of a database that is loaded in bulk. */
export interface BulkType {
  /** As the database writes it. */
  readonly sql: string;
  readonly kind: BulkKind;
  /** Characters of a text. */
  readonly length?: number;
  /** Digits in all, and after the point. */
  readonly digits?: readonly [precision: number, scale: number];
  /** Smallest and greatest value of an integer. */
  readonly range?: readonly [bigint, bigint];
}

/** A type as an entity writes it, taken apart. */
export interface WrittenType {
  readonly name: string;
  readonly first: number | undefined;
  readonly second: number | undefined;
}

const WRITTEN = /^([a-z][a-z0-9_ ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?( with(?:out)? time zone)?$/;

export function writtenType(column: EntityColumn): WrittenType {
  const found = WRITTEN.exec(column.physicalType.trim().toLowerCase());
  const [, name = "", first, second, zone = ""] = found ?? [];
  return {
    name: `${name}${zone}`,
    first: first === undefined ? undefined : Number(first),
    second: second === undefined ? undefined : Number(second),
  };
}

/** @throws PolyflowError always: a type that would lose digits, or that the database does not have */
export function unknownType(column: EntityColumn, database: string): never {
  throw new PolyflowError(
    "metadata_invalid",
    `The column ${column.column} is ${column.physicalType}, which has no equal in ${database}. Give a numeric its digits, as in numeric(18,2).`,
  );
}

/** Range of a signed integer of so many bits. */
export function signedRange(bits: number): readonly [bigint, bigint] {
  const half = 1n << BigInt(bits - 1);
  return [-half, half - 1n];
}
