import { PolyflowError, rejectReason } from "@polyflow/contracts";
import type { SourceDefinition, SourceField } from "@polyflow/metadata-model";
import { cellText } from "./json-values.ts";

/** Longest part of a refused record that is kept for people to look at. */
const KEPT_CHARACTERS = 4000;

/** A record as a line for COPY, or why it cannot become one. */
export type EncodedRecord = { readonly line: string } | { readonly reason: string; readonly text: string };

/** Turns records into lines of CSV for COPY: null stays NULL, an empty text stays an empty text. */
export class RecordEncoder {
  readonly #source: SourceDefinition;
  readonly #columns: readonly ObjectColumn[];
  /** Keys of a record that fields are taken from. */
  readonly #known: ReadonlySet<string>;
  readonly #seen = new Set<string>();
  readonly #refusesExtra: boolean;
  readonly #cellCount: number;

  /**
   * @param cellCount cells of each row, where records are rows
   * @param columns what becomes the cells of objects; default: the declared fields
   */
  constructor(source: SourceDefinition, cellCount = 0, columns: readonly ObjectColumn[] = source.fields) {
    this.#source = source;
    this.#cellCount = cellCount;
    this.#columns = columns;
    this.#known = new Set(source.fields.map(keyOf));
    this.#refusesExtra = source.fieldsMatch !== "subset" && source.fieldsMatch !== "partial";
  }

  /**
   * The record as a line, or why it cannot become one.
   * @param row number of the record, for messages
   * @throws PolyflowError `source_unreadable` for a key that the description does not allow
   */
  encode(record: unknown, row: number): EncodedRecord {
    if (typeof record !== "object" || record === null || Array.isArray(record))
      return { reason: rejectReason("not_object"), text: kept(record) };
    for (const key of Object.keys(record)) {
      if (this.#known.has(key)) this.#seen.add(key);
      else if (this.#refusesExtra) throw this.#unknownKey(key, row);
    }
    return toLine(
      this.#columns.map((field) => cellText(field.path === undefined ? ownValue(record, field.name) : valueAt(record, field.path))),
      record,
    );
  }

  /** The cells of a row as a line. */
  encodeCells(cells: readonly (string | null)[]): EncodedRecord {
    if (cells.length === this.#cellCount) return toLine(cells, cells);
    return {
      reason: rejectReason(cells.length === 1 ? "one_cell" : "cell_count", { found: cells.length, expected: this.#cellCount }),
      text: kept(cells),
    };
  }

  /** @throws PolyflowError `source_unreadable` when a field that must be there occurred in no record */
  checkSeen(): void {
    const match = this.#source.fieldsMatch;
    const missing = this.#source.fields.filter((field) => !this.#seen.has(keyOf(field)));
    if (match === "superset" || (match === "partial" && missing.length < this.#source.fields.length) || missing.length === 0) return;
    const names = missing.map((field) => `"${keyOf(field)}"`).join(", ");
    throw new PolyflowError(
      "source_unreadable",
      `No record of source "${this.#source.name}" has ${names}. Correct the fields in its YAML, or write \`fieldsMatch: [superset]\` if they may lack.`,
      { details: { missing: missing.map((field) => field.name) } },
    );
  }

  #unknownKey(key: string, row: number): PolyflowError {
    return new PolyflowError(
      "source_unreadable",
      `Record ${row} of source "${this.#source.name}" has the key "${key}", which is not declared (fieldsMatch: ${this.#source.fieldsMatch}). Declare it, or write \`fieldsMatch: [subset]\`.`,
      { details: { extra: [key] } },
    );
  }
}

/** A declared field, or a key that nobody has declared. */
export type ObjectColumn = Pick<SourceField, "name" | "path">;

/** The key of a record that a field is taken from. */
export function keyOf(field: ObjectColumn): string {
  return field.path?.[0] ?? field.name;
}

/** The value at the end of a path; of a list on the way, or at its end, the values of all its items, unless a step counts them (from 0). */
function valueAt(value: unknown, path: readonly string[]): unknown {
  const [step, ...further] = path;
  if (step === undefined) return value;
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return valueAt(ownValue(value, step), further);
  if (/^\d+$/.test(step)) return valueAt(value[Number(step)], further);
  const found = value.map((item) => valueAt(item, path)).filter((item) => item !== undefined);
  return found.length === 0 ? undefined : found;
}

function ownValue(record: object, key: string): unknown {
  return Object.hasOwn(record, key) ? Reflect.get(record, key) : undefined;
}

function toLine(cells: readonly (string | null)[], record: unknown): EncodedRecord {
  const line = `${cells.map(quotedCell).join(",")}\n`;
  if (line.includes("\0")) return { reason: rejectReason("nul_character"), text: kept(record) };
  if (!line.isWellFormed()) return { reason: rejectReason("half_surrogate"), text: kept(record) };
  return { line };
}

function kept(record: unknown): string {
  return (cellText(record) ?? "null").slice(0, KEPT_CHARACTERS).toWellFormed().replaceAll("\0", "\u2400");
}

function quotedCell(text: string | null): string {
  if (text === null) return "";
  return text.includes('"') ? `"${text.replaceAll('"', '""')}"` : `"${text}"`;
}
