import { csvCell } from "@polyflow/sdk/runtime";

/** A row as texts; null for NULL. */
export type TextRow = readonly (string | null)[];

const PIECE_CHARACTERS = 128 << 10;

/** Rows as CSV, in pieces of a size that is worth sending. */
export async function* csvRows(rows: AsyncIterable<TextRow>): AsyncGenerator<Uint8Array, void> {
  let piece = "";
  for await (const row of rows) {
    piece += csvLine(row);
    if (piece.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(piece);
    piece = "";
  }
  if (piece !== "") yield Buffer.from(piece);
}

export function csvLine(row: TextRow): string {
  return `${row.map(csvCell).join(",")}\n`;
}

/** A value of a driver as text; bytes in hexadecimal, instants in ISO 8601. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  return JSON.stringify(value) ?? "";
}
