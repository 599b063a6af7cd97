import { TextDecoder } from "node:util";
import type { CopyFormat, SegmentWriter, StagingArea } from "../extract/extraction.ts";

class MemoryWriter implements SegmentWriter {
  readonly chunks: Buffer[] = [];

  write(bytes: Buffer): Promise<void> {
    this.chunks.push(Buffer.from(bytes));
    return Promise.resolve();
  }
}

/** Names of PostgreSQL → labels of TextDecoder. */
const DECODERS: ReadonlyMap<string, string> = new Map([
  ["UTF8", "utf-8"],
  ["WIN1251", "windows-1251"],
  ["WIN866", "ibm866"],
  ["KOI8R", "koi8-r"],
  ["LATIN1", "latin1"],
]);

/** Takes what would be staged in a database, for a look at the first records: what is seen here is what a load would stage. */
export class MemoryStaging implements StagingArea<MemoryWriter> {
  readonly #format: CopyFormat;
  #rows: readonly (readonly (string | null)[])[] = [];

  constructor(format: CopyFormat) {
    this.#format = format;
  }

  begin(): Promise<{ readonly table: string; readonly writer: MemoryWriter }> {
    return Promise.resolve({ table: "memory", writer: new MemoryWriter() });
  }

  commit(writer: MemoryWriter): Promise<{ readonly isTyped: boolean }> {
    const label = DECODERS.get(this.#format.encoding) ?? "utf-8";
    // a byte order mark inside is a character like any other
    const text = new TextDecoder(label, { ignoreBOM: true }).decode(Buffer.concat(writer.chunks));
    this.#rows = parseCopyCsv(text, this.#format);
    return Promise.resolve({ isTyped: false });
  }

  abandon(): Promise<void> {
    return Promise.resolve();
  }

  /** The rows of the segment that was committed last. */
  take(): readonly (readonly (string | null)[])[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }
}

/** Reads what COPY reads: an empty cell without quotes is no value. */
export function parseCopyCsv(text: string, format: Pick<CopyFormat, "delimiter" | "quote">): readonly (readonly (string | null)[])[] {
  const { delimiter, quote } = format;
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  for (let at = 0; at < text.length; ) {
    const { cell, end } = text[at] === quote ? quotedCell(text, at, quote) : plainCell(text, at, delimiter);
    row.push(cell);
    at = end + 1;
    if (text[end] === delimiter) {
      if (at < text.length) continue;
      row.push(null);
    } else if (text[end] === "\r") at++;
    rows.push(row);
    row = [];
  }
  return rows;
}

interface FoundCell {
  readonly cell: string | null;
  /** Offset of what follows the cell. */
  readonly end: number;
}

function quotedCell(text: string, open: number, quote: string): FoundCell {
  let cell = "";
  for (let from = open + 1; ; ) {
    const close = text.indexOf(quote, from);
    const end = close < 0 ? text.length : close;
    cell += text.slice(from, end);
    if (text[end + 1] !== quote) return { cell, end: end + 1 };
    cell += quote;
    from = end + 2;
  }
}

function plainCell(text: string, start: number, delimiter: string): FoundCell {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n" && text[end] !== "\r") end++;
  return { cell: end === start ? null : text.slice(start, end), end };
}
