import { TextDecoder } from "node:util";
import { PolyflowError, rejectReason } from "@polyflow/contracts";
import { CsvTextParser } from "./csv-text-parser.ts";
import type { CsvTextRecord } from "./csv-text-parser.ts";
import type { Extraction, ExtractionContext } from "./extraction.ts";
import { headerNames, joinHeaderRows } from "./header-names.ts";
import { openRecords } from "./record-extraction.ts";
import type { RecordItem } from "./record-extraction.ts";
import type { ByteStream } from "./source-file.ts";

const CHUNK_BYTES = 128 * 1024;

/** Opens a text table in a dialect that COPY does not read. @param bytes UTF-8 */
export async function openCsvText(context: ExtractionContext, bytes: ByteStream): Promise<Extraction> {
  const { source } = context;
  const reader = new TextRecords(context, bytes);
  const header = source.dialect.header ? headerNames(await readHeader(context, reader)) : source.fields.map((field) => field.name);
  return openRecords(context, { header, batches: batches(context, reader) });
}

async function readHeader({ source }: ExtractionContext, reader: TextRecords): Promise<readonly string[]> {
  const { headerRows, headerJoin } = source.dialect;
  const rows: (readonly (string | null)[])[] = [];
  for (let place = 1; rows.length < (headerRows?.length ?? 1); place++) {
    const record = await reader.next();
    if (record === undefined) {
      throw new PolyflowError("source_empty", `The file of source "${source.name}" ends before its header. Check what writes it.`);
    }
    if (record.kind === "record" && headerRows?.includes(place) !== false) rows.push(record.cells);
  }
  return joinHeaderRows(rows, Math.max(...rows.map((row) => row.length)), headerJoin);
}

async function* batches(context: ExtractionContext, reader: TextRecords): AsyncGenerator<readonly RecordItem[], void> {
  for (let found = await reader.batch(); found !== undefined; found = await reader.batch()) {
    context.signal.throwIfAborted();
    const items = found.flatMap((record): readonly RecordItem[] => {
      if (record.kind === "record")
        return [isWhole(record.cells) ? { cells: record.cells } : { reason: rejectReason("not_utf8"), text: record.cells.join(" ") }];
      return record.kind === "broken" ? [{ reason: record.reason, text: record.text }] : [];
    });
    if (items.length > 0) yield items;
  }
}

/** The decoder puts this character where the bytes are none. */
function isWhole(cells: readonly (string | null)[]): boolean {
  return !cells.some((cell) => cell?.includes("\ufffd") === true);
}

/** The records of a text, as they become whole. */
class TextRecords {
  readonly #bytes: ByteStream;
  readonly #parser: CsvTextParser;
  readonly #limit: number;
  readonly #decoder = new TextDecoder("utf-8");
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  readonly #waiting: CsvTextRecord[] = [];
  #text = "";
  #isEnded = false;

  constructor({ source, limits }: ExtractionContext, bytes: ByteStream) {
    this.#bytes = bytes;
    this.#parser = new CsvTextParser(source.dialect);
    this.#limit = limits.recordBytes;
  }

  async next(): Promise<CsvTextRecord | undefined> {
    while (this.#waiting.length === 0) {
      const found = await this.#read();
      if (found === undefined) return undefined;
      this.#waiting.push(...found);
    }
    return this.#waiting.shift();
  }

  async batch(): Promise<readonly CsvTextRecord[] | undefined> {
    return this.#waiting.length > 0 ? this.#waiting.splice(0) : this.#read();
  }

  /** Records that another chunk completes; undefined when there are no more. */
  async #read(): Promise<readonly CsvTextRecord[] | undefined> {
    if (this.#isEnded && this.#text === "") return undefined;
    const count = await this.#bytes.read(this.#chunk, 0);
    this.#isEnded = count === 0;
    this.#text += this.#decoder.decode(this.#chunk.subarray(0, count), { stream: !this.#isEnded });
    const found: CsvTextRecord[] = [];
    let at = 0;
    while (at < this.#text.length) {
      const parsed = this.#parser.parse(this.#text, at, this.#isEnded) ?? (this.#isTooLong(at) ? this.#line(at) : undefined);
      if (parsed === undefined) break;
      found.push(parsed.record);
      at = parsed.end;
    }
    this.#text = this.#text.slice(at);
    return found;
  }

  #isTooLong(at: number): boolean {
    return this.#text.length - at > this.#limit;
  }

  /** What is longer than any record may be: usually a quote that is never closed, so its line alone is given up. */
  #line(at: number): { readonly record: CsvTextRecord; readonly end: number } {
    const lineFeed = this.#text.indexOf("\n", at);
    const end = lineFeed < 0 ? this.#text.length : lineFeed + 1;
    const reason = rejectReason("too_many_characters", { characters: this.#limit });
    return { record: { kind: "broken", text: this.#text.slice(at, Math.min(end, at + 4000)), reason }, end };
  }
}
