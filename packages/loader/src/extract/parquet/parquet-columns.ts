import { isUtf8 } from "node:buffer";
import { PolyflowError } from "@polyflow/contracts";
import type { SourceField } from "@polyflow/metadata-model";
import { parquetSchema } from "hyparquet";
import type { FileMetaData, ParquetParsers, SchemaElement, SchemaTree } from "hyparquet";
import { cellText, ExactNumber } from "../json-values.ts";
import { TypedCellText } from "../typed-cell-text.ts";
import type { CellMoment } from "../typed-cell-text.ts";

/** One top-level column and how its values become text. */
export interface ParquetColumn {
  readonly name: string;
  /** Its values are texts in UTF-8 and nothing else. */
  readonly isText: boolean;
  readonly write: (value: unknown) => string | null;
}

const DAY_MS = 86_400_000;

/** A moment that nothing has rounded: what the file says, kept as its number until it is written. */
class ExactMoment implements CellMoment {
  readonly kind: CellMoment["kind"];
  /** Days, or parts of a second, since 1970. */
  readonly #value: number | bigint;
  readonly #perSecond: bigint;

  constructor(kind: CellMoment["kind"], value: number | bigint, perSecond: bigint) {
    this.kind = kind;
    this.#value = value;
    this.#perSecond = perSecond;
  }

  get date(): string {
    const ms = typeof this.#value === "number" ? this.#value * DAY_MS : Number(this.#second) * 1000;
    const iso = new Date(ms).toISOString();
    return iso.slice(0, iso.indexOf("T"));
  }

  get time(): string {
    if (typeof this.#value === "number") return "00:00:00";
    const fraction = this.#value - this.#second * this.#perSecond;
    const iso = new Date(Number(this.#second) * 1000).toISOString();
    const digits = fraction === 0n ? "" : `.${String(fraction).padStart(String(this.#perSecond).length - 1, "0")}`;
    return iso.slice(iso.indexOf("T") + 1, -5) + digits;
  }

  /** Rounded down, before 1970 too. */
  get #second(): bigint {
    const value = BigInt(this.#value);
    return value / this.#perSecond - (value % this.#perSecond < 0n ? 1n : 0n);
  }
}

const decoder = new TextDecoder();

/** Parsers that keep every digit: JavaScript's dates end at milliseconds. */
export const EXACT_PARSERS: ParquetParsers = {
  timestampFromMilliseconds: (value) => exactMoment(value, 1000n),
  timestampFromMicroseconds: (value) => exactMoment(value, 1_000_000n),
  timestampFromNanoseconds: (value) => exactMoment(value, 1_000_000_000n),
  dateFromDays: (days) => (days === undefined || days === null ? null : new ExactMoment("date", days, 1n)),
  stringFromBytes: (bytes) => bytes && decoder.decode(bytes),
  jsonFromBytes: (bytes) => bytes && decoder.decode(bytes),
  geometryFromBytes: (bytes) => bytes,
  geographyFromBytes: (bytes) => bytes,
  uuidFromBytes: (bytes) =>
    bytes &&
    Buffer.from(bytes)
      .toString("hex")
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
};

function exactMoment(value: bigint | undefined | null, perSecond: bigint): ExactMoment | null {
  return value === undefined || value === null ? null : new ExactMoment("datetime", value, perSecond);
}

/**
 * The columns of a file. Decimals are taken from the library as raw integers, since it would make floating point of them: the schema is
 * changed accordingly.
 * @throws PolyflowError `source_unreadable` for types that have no text
 */
export function parquetColumns(metadata: FileMetaData, fields: ReadonlyMap<string, SourceField>): readonly ParquetColumn[] {
  const tree = parquetSchema(metadata);
  return tree.children.map((child) => {
    const typed = new TypedCellText(fields.get(child.element.name));
    return { name: child.element.name, isText: isText(child), write: writerOf(child, typed) };
  });
}

function writerOf(node: SchemaTree, typed: TypedCellText): (value: unknown) => string | null {
  const { element } = node;
  if (element.converted_type === "INTERVAL" || element.converted_type === "BSON") {
    throw new PolyflowError(
      "source_unreadable",
      `The column "${element.name}" is of type ${element.converted_type}, which is not supported. Have the file written without it.`,
    );
  }
  if (node.children.length > 0) {
    for (const leaf of leaves(node)) takeRawDecimals(leaf);
    return (value) => (value === null || value === undefined ? null : jsonText(value));
  }
  const scale = takeRawDecimals(element);
  const isInstant = isAdjustedToUtc(element);
  const isTime =
    element.logical_type?.type === "TIME" || element.converted_type === "TIME_MILLIS" || element.converted_type === "TIME_MICROS";
  return (value) => {
    if (value === null || value === undefined) return null;
    if (scale !== undefined) return typed.number(decimalText(unscaled(value), scale));
    if (isTime) return timeText(value, element);
    if (value instanceof ExactMoment) return typed.moment(value) + (isInstant && value.kind === "datetime" ? "Z" : "");
    return scalarText(value, { typed, isFloat: element.type === "FLOAT" });
  };
}

function isText({ element, children }: SchemaTree): boolean {
  const isString = element.converted_type === "UTF8" || element.logical_type?.type === "STRING";
  return isString && element.type === "BYTE_ARRAY" && children.length === 0;
}

function* leaves(node: SchemaTree): Generator<SchemaElement, void> {
  if (node.children.length === 0) yield node.element;
  for (const child of node.children) yield* leaves(child);
}

/** Makes the library hand over the integer of a decimal; returns the scale. */
function takeRawDecimals(element: SchemaElement): number | undefined {
  const { logical_type: logical, converted_type: converted } = element;
  if (logical?.type !== "DECIMAL" && converted !== "DECIMAL") return undefined;
  delete element.converted_type;
  delete element.logical_type;
  return (logical?.type === "DECIMAL" ? logical.scale : element.scale) ?? 0;
}

function unscaled(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return BigInt(value);
  if (!(value instanceof Uint8Array)) throw new PolyflowError("internal", `A decimal of Parquet is a ${typeof value}.`);
  let number = 0n;
  for (const byte of value) number = number * 256n + BigInt(byte);
  return BigInt.asIntN(value.length * 8, number);
}

function decimalText(value: bigint, scale: number): string {
  if (scale === 0) return String(value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Timestamps of the older annotation are in UTC by definition. */
function isAdjustedToUtc(element: SchemaElement): boolean {
  const { logical_type: logical } = element;
  if (logical?.type === "TIMESTAMP") return logical.isAdjustedToUTC;
  return element.converted_type === "TIMESTAMP_MILLIS" || element.converted_type === "TIMESTAMP_MICROS";
}

function timeText(value: unknown, element: SchemaElement): string {
  const unit =
    element.logical_type?.type === "TIME" ? element.logical_type.unit : element.converted_type === "TIME_MILLIS" ? "MILLIS" : "MICROS";
  const perSecond = unit === "MILLIS" ? 1000n : unit === "MICROS" ? 1_000_000n : 1_000_000_000n;
  return exactMoment(typeof value === "bigint" ? value : BigInt(Number(value)), perSecond)?.time ?? "";
}

function scalarText(value: unknown, options: { readonly typed: TypedCellText; readonly isFloat: boolean }): string {
  if (typeof value === "boolean") return options.typed.boolean(value);
  if (typeof value === "number") return options.typed.number(options.isFloat ? floatText(value) : String(value));
  if (typeof value === "bigint") return options.typed.number(String(value));
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return bytesText(value);
  return jsonText(value);
}

/** The shortest digits that mean the same 32-bit number: 0.1 and not 0.10000000149011612. */
function floatText(value: number): string {
  for (let precision = 6; precision <= 9; precision++) {
    const text = String(Number(value.toPrecision(precision)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

/** Old writers do not say which binary columns are texts. */
function bytesText(bytes: Uint8Array): string {
  return isUtf8(bytes) ? decoder.decode(bytes) : `\\x${Buffer.from(bytes).toString("hex")}`;
}

function jsonText(value: unknown): string {
  return cellText(jsonValue(value)) ?? "null";
}

function jsonValue(value: unknown): unknown {
  if (typeof value === "bigint") return new ExactNumber(String(value));
  if (value instanceof ExactMoment) return value.kind === "date" ? value.date : `${value.date}T${value.time}`;
  if (value instanceof Uint8Array) return bytesText(value);
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonValue(item)]));
}
