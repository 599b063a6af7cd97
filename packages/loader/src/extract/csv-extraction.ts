import { PolyflowError } from "@polyflow/contracts";
import { toRejectedRecords } from "../staging.ts";
import type { Segment } from "../segment.ts";
import { wireEncoding } from "./byte-source.ts";
import { splitCsvRecord } from "./csv-record.ts";
import { CsvScanner } from "./csv-scanner.ts";
import type { ScanResult } from "./csv-scanner.ts";
import type { Extraction, ExtractionContext, SegmentWriter, StagingArea } from "./extraction.ts";
import { headerNames, joinHeaderRows } from "./header-names.ts";
import { matchFields } from "./match-fields.ts";
import type { ByteStream } from "./source-file.ts";

const BLOCK_BYTES = 256 * 1024;
/** A segment ends early when so many records were taken out of it: they wait in memory. */
const DIVERTED_PER_SEGMENT = 5000;
/** If nothing but broken records came so far, the description is wrong, not the file. */
const HOPELESS_AFTER = 1000;
/** Segments begin small, so that the cast begins soon, and grow, so that they are few. */
const FIRST_SEGMENT_BYTES = 4 << 20;
const LF = 0x0a;

/** Bytes that wait in one of two buffers, so that one is scanned while the other is on its way to the server. */
class Window {
  bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  filled = 0;
  #other = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #sent: Promise<void> = Promise.resolve();

  /** Goes over to the other buffer, taking along the bytes from `consumed` on, and sends what the runs say. */
  async advance(result: ScanResult, writer: SegmentWriter): Promise<void> {
    await this.#sent;
    const full = this.bytes;
    const rest = full.subarray(result.consumed, this.filled);
    if (this.#other.length < full.length) this.#other = Buffer.allocUnsafeSlow(full.length);
    rest.copy(this.#other);
    this.bytes = this.#other;
    this.#other = full;
    this.filled = rest.length;
    this.#sent = sendRuns(full, result.runs, writer);
    // the failure is met at the next await of it; until then it must not count as unhandled
    this.#sent.catch(() => undefined);
  }

  async settled(): Promise<void> {
    await this.#sent;
  }

  /** Makes room for a record longer than the buffer. */
  grow(limitBytes: number): boolean {
    if (this.bytes.length >= limitBytes) return false;
    const larger = Buffer.allocUnsafeSlow(Math.min(limitBytes, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.filled);
    this.bytes = larger;
    return true;
  }
}

async function sendRuns(bytes: Buffer, runs: readonly number[], writer: SegmentWriter): Promise<void> {
  if (runs.length === 0) return;
  const [start = 0, end = 0] = runs;
  if (runs.length === 2) return writer.write(bytes.subarray(start, end));
  const pieces: Buffer[] = [];
  for (let index = 0; index < runs.length; index += 2) pieces.push(bytes.subarray(runs[index], runs[index + 1]));
  return writer.write(Buffer.concat(pieces));
}

/** Opens a CSV or TSV file: reads its header and matches it with the declared fields. */
export async function openCsv(context: ExtractionContext, bytes: ByteStream): Promise<Extraction> {
  const { source } = context;
  const { delimiter, quoteChar: quote } = source.dialect;
  const window = new Window();
  window.filled = await bytes.read(window.bytes, 0);
  const header = source.dialect.header ? headerNames(await readHeader(context, { bytes, window })) : undefined;
  const columnOf = matchFields(source, header);
  const columnCount = header?.length ?? source.fields.length;
  return {
    columnCount,
    header,
    columnOf,
    copy: { encoding: wireEncoding(source.encoding).copyName, delimiter, quote },
    gathersFacts: true,
    segments: (staging) => csvSegments(context, { bytes, window, columnCount, staging }),
    close: () => Promise.resolve(),
  };
}

interface HeaderReading {
  readonly bytes: ByteStream;
  readonly window: Window;
}

/** The names in the rows that the dialect calls the header, or in the first record that is neither blank nor a comment. */
async function readHeader(context: ExtractionContext, reading: HeaderReading): Promise<readonly string[]> {
  const { delimiter, quoteChar, commentChar, headerRows, headerJoin } = context.source.dialect;
  const rows: (readonly string[])[] = [];
  for (let place = 1; ; place++) {
    const text = await takeRecord(context, reading);
    if (text === undefined) throw noHeader(context);
    const isNamed =
      headerRows === undefined ? text !== "" && !(commentChar !== undefined && text.startsWith(commentChar)) : headerRows.includes(place);
    if (isNamed) rows.push(splitCsvRecord(text, delimiter, quoteChar));
    if (rows.length === (headerRows?.length ?? 1)) break;
  }
  const [only] = rows;
  if (only !== undefined && rows.length === 1) return only;
  return joinHeaderRows(rows, Math.max(...rows.map((row) => row.length)), headerJoin);
}

/** The text of the next record, without its line end; the window then begins after it. Undefined at the end of the file. */
async function takeRecord({ source, limits }: ExtractionContext, { bytes, window }: HeaderReading): Promise<string | undefined> {
  let end = headerEnd(window.bytes.subarray(0, window.filled), source.dialect.quoteChar);
  while (end === undefined && (window.filled < window.bytes.length || window.grow(limits.recordBytes))) {
    const count = await bytes.read(window.bytes, window.filled);
    if (count === 0) break;
    window.filled += count;
    end = headerEnd(window.bytes.subarray(0, window.filled), source.dialect.quoteChar);
  }
  if (window.filled === 0) return undefined;
  const contentEnd = end ?? window.filled;
  const decoder = new TextDecoder(wireEncoding(source.encoding).label);
  const text = decoder.decode(window.bytes.subarray(0, contentEnd)).replace(/\r?\n?$/, "");
  window.bytes.copyWithin(0, contentEnd, window.filled);
  window.filled -= contentEnd;
  return text;
}

function noHeader({ source }: ExtractionContext): PolyflowError {
  const { headerRows } = source.dialect;
  const what =
    headerRows === undefined ? "is empty: it does not even have a header" : `ends before its header (row ${headerRows.join(", ")})`;
  return new PolyflowError("source_empty", `The file of source "${source.name}" ${what}. Check what writes it.`);
}

function headerEnd(bytes: Buffer, quoteChar: string): number | undefined {
  const quote = quoteChar.charCodeAt(0);
  let inQuotes = false;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === quote) inQuotes = !inQuotes;
    else if (bytes[at] === LF && !inQuotes) return at + 1;
  }
  return undefined;
}

async function* csvSegments(
  context: ExtractionContext,
  reading: { readonly bytes: ByteStream; readonly window: Window; readonly columnCount: number; readonly staging: StagingArea },
): AsyncGenerator<Segment, void> {
  const { source, signal } = context;
  const { bytes, window, columnCount, staging } = reading;
  const { delimiter, quoteChar, commentChar } = source.dialect;
  const encoding = wireEncoding(source.encoding);
  const scanner = new CsvScanner({
    delimiter: delimiter.charCodeAt(0),
    quote: quoteChar.charCodeAt(0),
    ...(commentChar === undefined ? {} : { comment: commentChar.charCodeAt(0) }),
    fieldCount: columnCount,
    isUtf8: encoding.isUtf8,
    forbiddenBytes: encoding.forbidden,
  });
  let firstRecord = 0;
  let isLast = false;
  let segmentBytes = FIRST_SEGMENT_BYTES;
  while (!isLast) {
    signal.throwIfAborted();
    const { table, writer } = await staging.begin();
    let found: ReturnType<CsvScanner["finishSegment"]>;
    let isTyped: boolean;
    try {
      isLast = await fillSegment(context, {
        bytes,
        window,
        scanner,
        writer,
        segmentBytes: Math.min(segmentBytes, context.limits.segmentBytes),
      });
      found = scanner.finishSegment();
      ({ isTyped } = await staging.commit(writer, { records: found.goodRecords, facts: found.facts }));
    } catch (error) {
      await staging.abandon(writer);
      throw error;
    }
    const diverted = toRejectedRecords(found.diverted, firstRecord, encoding.label);
    refuseHopeless(context, firstRecord + found.goodRecords, diverted);
    yield { table, records: found.goodRecords, firstRecord, diverted, facts: found.facts, isTyped };
    firstRecord += found.goodRecords + diverted.length;
    segmentBytes *= 2;
  }
}

/** Copies one segment; true when the file has ended. */
async function fillSegment(
  context: ExtractionContext,
  reading: {
    readonly bytes: ByteStream;
    readonly window: Window;
    readonly scanner: CsvScanner;
    readonly writer: SegmentWriter;
    readonly segmentBytes: number;
  },
): Promise<boolean> {
  const { limits, signal } = context;
  const { bytes, window, scanner, writer, segmentBytes } = reading;
  let sent = 0;
  for (;;) {
    signal.throwIfAborted();
    const count = window.filled < window.bytes.length ? await bytes.read(window.bytes, window.filled) : 0;
    const hasRoom = window.filled < window.bytes.length;
    window.filled += count;
    const isEnd = hasRoom && count === 0;
    const isFull = window.filled === window.bytes.length && window.bytes.length >= limits.recordBytes;
    const result = scanner.scan(window.bytes.subarray(0, window.filled), isEnd ? "last" : isFull ? "full" : "more");
    sent += result.consumed;
    if (result.consumed === 0 && !isEnd && !result.mustSplit) window.grow(limits.recordBytes);
    else await window.advance(result, writer);
    const isDone = isEnd && !result.mustSplit;
    if (isDone || result.mustSplit || sent >= segmentBytes || scanner.divertedCount >= DIVERTED_PER_SEGMENT) {
      await window.settled();
      return isDone;
    }
  }
}

function refuseHopeless(context: ExtractionContext, goodRecords: number, diverted: Segment["diverted"]): void {
  const [first] = diverted;
  if (goodRecords > 0 || first === undefined || diverted.length < HOPELESS_AFTER) return;
  throw new PolyflowError(
    "source_unreadable",
    `Not one of the first ${diverted.length} records of source "${context.source.name}" can be read: record ${first.row} ${first.reason}. ` +
      `Check \`delimiter\` ("${context.source.dialect.delimiter}"), \`quoteChar\` and \`encoding\` in its YAML.`,
  );
}
