import { rejectReason } from "@polyflow/contracts";
import { isUtf8 } from "node:buffer";
import {
  byteTraits,
  CARRIAGE_RETURN,
  CellFacts,
  DELIMITER,
  extendShape,
  FORBIDDEN,
  LINE_FEED,
  NO_SHAPE,
  OTHER,
  QUOTE,
  SPECIAL,
} from "./lexical-facts.ts";
import type { LexicalFacts } from "./lexical-facts.ts";

const LF = 0x0a;
const CR = 0x0d;

export interface CsvScannerOptions {
  /** Bytes. */
  readonly delimiter: number;
  readonly quote: number;
  readonly comment?: number;
  /** Cells that every record must have. */
  readonly fieldCount: number;
  /** Check that the bytes are UTF-8; off for single-byte encodings. */
  readonly isUtf8: boolean;
  readonly forbiddenBytes: readonly number[];
}

/** A record that COPY would stumble over, taken out of the stream. */
export interface DivertedRecord {
  /** Number of good records of the segment before it. */
  readonly goodBefore: number;
  readonly bytes: Buffer;
  readonly reason: string;
}

export interface ScanResult {
  /** Bytes dealt with; the rest begins with an incomplete record. */
  readonly consumed: number;
  /** Start and end offsets, alternating, of the runs of bytes that may pass to COPY untouched. */
  readonly runs: readonly number[];
  /** Line ends changed from CRLF to LF here: the next bytes need a COPY of their own. */
  readonly mustSplit: boolean;
}

/** How much follows the bytes at hand. */
export type ScanPosition = "more" | "last" | "full";

interface ScanContext {
  readonly position: ScanPosition;
  readonly checksUtf8: boolean;
}

/** Longest part of a diverted record that is kept for people to look at. */
const KEPT_BYTES = 4000;

/**
 * Walks over the bytes of a CSV file once, without making rows: counts the cells of each record, notes which classes of
 * bytes each column holds, and takes out what COPY could not read (ragged records, stray quotes, bytes of no encoding).
 * It reads quotes as RFC 4180 writes them, which is a part of what COPY accepts.
 */
export class CsvScanner {
  readonly #options: CsvScannerOptions;
  readonly #traits: Uint16Array;
  #facts: CellFacts;
  #goodRecords = 0;
  #diverted: DivertedRecord[] = [];
  #lineEnd: "lf" | "crlf" | undefined;
  #isMixed = false;
  #skipsLine = false;
  #hasForbidden = false;
  // the scan in hand
  #runs: number[] = [];
  #runStart = 0;
  #mustSplit = false;

  constructor(options: CsvScannerOptions) {
    this.#options = options;
    this.#traits = byteTraits({ delimiter: options.delimiter, quote: options.quote, forbidden: options.forbiddenBytes });
    this.#facts = new CellFacts(options.fieldCount);
  }

  /** Records of the segment that passed. */
  get goodRecords(): number {
    return this.#goodRecords;
  }

  get divertedCount(): number {
    return this.#diverted.length;
  }

  /** Hands over what was found in the segment and begins the next one. */
  finishSegment(): { readonly goodRecords: number; readonly diverted: readonly DivertedRecord[]; readonly facts: LexicalFacts } {
    const found = { goodRecords: this.#goodRecords, diverted: this.#diverted, facts: this.#facts.toFacts() };
    this.#goodRecords = 0;
    this.#diverted = [];
    this.#facts = new CellFacts(this.#options.fieldCount);
    this.#lineEnd = this.#isMixed ? "lf" : undefined;
    return found;
  }

  /**
   * Scans `bytes`, which begin at the start of a record.
   * @param position whether more bytes follow; `full` when they do, but no longer record will be held in memory
   */
  scan(bytes: Buffer, position: ScanPosition): ScanResult {
    this.#runs = [];
    this.#mustSplit = false;
    const checksUtf8 = this.#options.isUtf8 && !isUtf8(bytes.subarray(0, lastLineEnd(bytes, position)));
    let at = this.#skipsLine ? this.#skipLine(bytes) : 0;
    this.#runStart = at;
    const context = { position, checksUtf8 };
    // within complete lines the hot loop needs no look at the end of the buffer: a line feed stops it
    const linesEnd = checksUtf8 || this.#options.fieldCount === 1 ? 0 : bytes.lastIndexOf(LF) + 1;
    while (at < bytes.length && !this.#mustSplit) {
      at = this.#plainRecords(bytes, at, linesEnd);
      if (at >= bytes.length) break;
      const end = this.#record(bytes, at, context);
      if (end < 0) {
        if (position === "more") break;
        at = this.#divertLine(bytes, at, position);
      } else at = end;
    }
    this.#closeRun(at);
    return { consumed: at, runs: this.#runs, mustSplit: this.#mustSplit };
  }

  /** Handles the record at `start`; returns the offset after it, or -1 when its end is not among the bytes. */
  #record(bytes: Buffer, start: number, context: ScanContext): number {
    const first = bytes[start];
    if (first === this.#options.comment) return this.#dropLine(bytes, start, context.position);
    const isBlank = first === LF || (first === CR && bytes[start + 1] === LF);
    if (isBlank && this.#options.fieldCount > 1) return this.#dropLine(bytes, start, context.position);
    return this.#cells(bytes, start, context);
  }

  /**
   * The hot loop: passes records without quotes or surprises, and stops at the start of the first one that needs a closer look.
   * Nearly every byte of a file comes through here and nowhere else, so it calls nothing.
   */
  #plainRecords(bytes: Buffer, from: number, end: number): number {
    const traits = this.#traits;
    const facts = this.#facts;
    const lastField = this.#options.fieldCount - 1;
    const comment = this.#options.comment ?? -1;
    const isLf = this.#lineEnd === "lf";
    const isCrlf = this.#lineEnd === "crlf";
    let start = from;
    let records = 0;
    let at = from;
    let field = 0;
    while (start < end && bytes[start] !== comment) {
      let union = 0;
      let shape = NO_SHAPE;
      let kind = traits[bytes[at]!]!;
      while ((kind & SPECIAL) === 0) {
        union |= kind;
        shape = extendShape(shape, kind);
        kind = traits[bytes[++at]!]!;
      }
      facts.add(field, union, shape);
      if (kind === DELIMITER) {
        field++;
        at++;
        continue;
      }
      const isEnd = (kind === LINE_FEED && isLf) || (kind === CARRIAGE_RETURN && isCrlf && bytes[at + 1] === LF);
      if (!isEnd || field !== lastField) break;
      records++;
      field = 0;
      at += isLf ? 1 : 2;
      start = at;
    }
    this.#goodRecords += records;
    return start;
  }

  /** One record with whatever may be in it. */
  #cells(bytes: Buffer, start: number, context: ScanContext): number {
    const traits = this.#traits;
    const facts = this.#facts;
    let field = 0;
    let union = 0;
    let shape = NO_SHAPE;
    let cellStart = start;
    let at = start;
    while (at < bytes.length) {
      const kind = traits[bytes[at]!]!;
      if ((kind & SPECIAL) === 0) {
        union |= kind;
        shape = extendShape(shape, kind);
        at++;
      } else if (kind === DELIMITER) {
        facts.add(field, union, shape);
        union = 0;
        shape = NO_SHAPE;
        field++;
        cellStart = ++at;
      } else if (kind === QUOTE && at === cellStart) {
        const close = this.#closingQuote(bytes, at, context.position === "last");
        if (close < 0) return close === -1 ? -1 : this.#stray(bytes, start, rejectReason("quote_not_closing"), context);
        this.#noteQuoted(bytes, field, at + 1, close);
        at = close + 1;
        cellStart = -1;
      } else {
        facts.add(field, union, shape);
        return this.#endOrStray(bytes, { start, at, kind, fields: field + 1, context });
      }
    }
    if (context.position !== "last") return -1;
    facts.add(field, union, shape);
    return this.#finish(bytes, { start, contentEnd: at, end: at, fields: field + 1, checksUtf8: context.checksUtf8 });
  }

  /** A line end of a record that needs a closer look, or a byte that does not belong where it stands. */
  #endOrStray(
    bytes: Buffer,
    found: { readonly start: number; readonly at: number; readonly kind: number; readonly fields: number; readonly context: ScanContext },
  ): number {
    const { start, at, kind, fields, context } = found;
    const record = { start, contentEnd: at, fields, checksUtf8: context.checksUtf8 };
    if (kind === LINE_FEED) return this.#finish(bytes, { ...record, end: at + 1 });
    if (kind === CARRIAGE_RETURN && bytes[at + 1] === LF) return this.#finish(bytes, { ...record, end: at + 2 });
    return this.#stray(bytes, start, strayReason(kind, bytes[at] ?? 0), context);
  }

  /** Takes out the line at `start` once all of it is there. */
  #stray(bytes: Buffer, start: number, reason: string, context: ScanContext): number {
    const isLineComplete = context.position === "last" || bytes.indexOf(LF, start) >= 0;
    return isLineComplete ? this.#divert(bytes, start, reason) : -1;
  }

  /** Offset of the quote that closes the cell opened at `open`; -1: not among the bytes; -2: something else follows it. */
  #closingQuote(bytes: Buffer, open: number, isLast: boolean): number {
    const { quote, delimiter } = this.#options;
    let from = open + 1;
    for (;;) {
      const close = bytes.indexOf(quote, from);
      if (close < 0) return -1;
      const next = bytes[close + 1];
      if (next === undefined) return isLast ? close : -1;
      if (next === quote) {
        from = close + 2;
        continue;
      }
      return next === delimiter || next === LF || next === CR ? close : -2;
    }
  }

  #noteQuoted(bytes: Buffer, field: number, from: number, to: number): void {
    const traits = this.#traits;
    this.#facts.hasQuotes = true;
    let union = 0;
    let shape = NO_SHAPE;
    for (let at = from; at < to; at++) {
      const kind = traits[bytes[at]!]!;
      union |= (kind & SPECIAL) === 0 ? kind : OTHER;
      shape = extendShape(shape, kind);
      if (kind === FORBIDDEN) this.#hasForbidden = true;
    }
    this.#facts.add(field, union, shape);
  }

  #finish(
    bytes: Buffer,
    record: {
      readonly start: number;
      readonly contentEnd: number;
      readonly end: number;
      readonly fields: number;
      readonly checksUtf8: boolean;
    },
  ): number {
    const { start, contentEnd, end, fields } = record;
    const complaint = this.#complaint(bytes, record);
    if (complaint !== undefined) {
      this.#takeOut(bytes, { start, contentEnd, end }, complaint);
      return end;
    }
    const lineEnd = end - contentEnd === 2 ? "crlf" : "lf";
    this.#lineEnd ??= lineEnd;
    if (fields > 0 && lineEnd !== this.#lineEnd && end !== contentEnd) {
      if (lineEnd === "lf") {
        this.#isMixed = true;
        this.#mustSplit = true;
        return start;
      }
      // COPY wants one kind of line end: leave the carriage return out
      this.#isMixed = true;
      this.#closeRun(contentEnd);
      this.#runStart = contentEnd + 1;
    }
    this.#goodRecords++;
    return end;
  }

  #complaint(
    bytes: Buffer,
    record: { readonly start: number; readonly contentEnd: number; readonly fields: number; readonly checksUtf8: boolean },
  ): string | undefined {
    const expected = this.#options.fieldCount;
    if (this.#hasForbidden) {
      this.#hasForbidden = false;
      return strayReason(FORBIDDEN, 0);
    }
    if (record.fields !== expected)
      return rejectReason(record.fields === 1 ? "one_cell" : "cell_count", { found: record.fields, expected });
    if (record.checksUtf8 && !isUtf8(bytes.subarray(record.start, record.contentEnd))) return rejectReason("not_utf8");
    if (expected === 1 && record.contentEnd - record.start === 2 && bytes[record.start] === 0x5c && bytes[record.start + 1] === 0x2e) {
      return rejectReason("copy_end");
    }
    return undefined;
  }

  /** Takes out the line at `start`; the scan goes on with the next line, so one bad quote costs one line. */
  #divert(bytes: Buffer, start: number, reason: string): number {
    const lineFeed = bytes.indexOf(LF, start);
    const end = lineFeed < 0 ? bytes.length : lineFeed + 1;
    const contentEnd = lineFeed < 0 ? end : bytes[lineFeed - 1] === CR && lineFeed > start ? lineFeed - 1 : lineFeed;
    this.#takeOut(bytes, { start, contentEnd, end }, reason);
    return end;
  }

  /** The record has no end within what may be held in memory, or within the file. */
  #divertLine(bytes: Buffer, start: number, position: ScanPosition): number {
    const opensQuote = bytes[start] === this.#options.quote || bytes.indexOf(this.#options.quote, start) >= 0;
    this.#skipsLine = position === "full" && bytes.indexOf(LF, start) < 0;
    return this.#divert(
      bytes,
      start,
      opensQuote ? rejectReason("quote_unclosed") : rejectReason("too_many_bytes", { bytes: bytes.length }),
    );
  }

  #takeOut(bytes: Buffer, record: { readonly start: number; readonly contentEnd: number; readonly end: number }, reason: string): void {
    this.#closeRun(record.start);
    this.#runStart = record.end;
    const kept = bytes.subarray(record.start, Math.min(record.contentEnd, record.start + KEPT_BYTES));
    this.#diverted.push({ goodBefore: this.#goodRecords, bytes: Buffer.from(kept), reason });
  }

  #dropLine(bytes: Buffer, start: number, position: ScanPosition): number {
    const lineFeed = bytes.indexOf(LF, start);
    if (lineFeed < 0 && position !== "last") return -1;
    this.#closeRun(start);
    this.#runStart = lineFeed < 0 ? bytes.length : lineFeed + 1;
    return this.#runStart;
  }

  #skipLine(bytes: Buffer): number {
    const lineFeed = bytes.indexOf(LF);
    this.#skipsLine = lineFeed < 0;
    return lineFeed < 0 ? bytes.length : lineFeed + 1;
  }

  #closeRun(end: number): void {
    if (end > this.#runStart) this.#runs.push(this.#runStart, end);
    this.#runStart = end;
  }
}

function lastLineEnd(bytes: Buffer, position: ScanPosition): number {
  return position === "last" ? bytes.length : bytes.lastIndexOf(LF) + 1;
}

function strayReason(kind: number, byte: number): string {
  if (kind === QUOTE) return rejectReason("quote_inside");
  if (kind === CARRIAGE_RETURN) return rejectReason("carriage_return");
  return byte === 0 ? rejectReason("nul_byte") : rejectReason("foreign_byte", { byte: `0x${byte.toString(16)}` });
}
