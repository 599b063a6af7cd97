import { rejectReason } from "@polyflow/contracts";
import type { SourceDialect } from "@polyflow/metadata-model";

/** What stands between two line ends that count. */
export type CsvTextRecord =
  | { readonly kind: "record"; readonly cells: readonly (string | null)[] }
  /** A blank line or a comment. */
  | { readonly kind: "nothing" }
  | { readonly kind: "broken"; readonly text: string; readonly reason: string };

export interface ParsedRecord {
  readonly record: CsvTextRecord;
  /** Offset after its line end. */
  readonly end: number;
}

type TextDialect = Pick<SourceDialect, "delimiter" | "quoteChar" | "escapeChar" | "skipInitialSpace" | "nullSequence" | "commentChar">;

/** True for dialects that COPY does not read: these are parsed here, record by record, at about a tenth of its speed. */
export function needsTextParser(dialect: TextDialect): boolean {
  const isPlain = (character: string): boolean => /^[\t\x20-\x7e]$/.test(character);
  return (
    dialect.escapeChar !== undefined ||
    dialect.skipInitialSpace ||
    dialect.nullSequence !== undefined ||
    !isPlain(dialect.delimiter) ||
    !isPlain(dialect.quoteChar) ||
    (dialect.commentChar !== undefined && !isPlain(dialect.commentChar))
  );
}

/** Parses records of text in any dialect. */
export class CsvTextParser {
  readonly #dialect: TextDialect;

  constructor(dialect: TextDialect) {
    this.#dialect = dialect;
  }

  /**
   * The record at `start`; undefined when its end is not in the text.
   * @param isLast nothing follows the text
   */
  parse(text: string, start: number, isLast: boolean): ParsedRecord | undefined {
    const { commentChar } = this.#dialect;
    const lineEnd = lineEndAfter(text, start, isLast);
    const isComment = commentChar !== undefined && text.startsWith(commentChar, start);
    if (isComment || /^\r?\n/.test(text.slice(start, start + 2)))
      return lineEnd === undefined ? undefined : { record: { kind: "nothing" }, end: lineEnd };
    const cells: (string | null)[] = [];
    for (let at = start; ; ) {
      const cell = this.#cell(text, at, isLast);
      if (cell === "more")
        return isLast && lineEnd !== undefined ? broken(text, start, { end: lineEnd, reason: rejectReason("quote_unclosed") }) : undefined;
      if ("reason" in cell) return lineEnd === undefined ? undefined : broken(text, start, { end: lineEnd, reason: cell.reason });
      cells.push(cell.value);
      if (cell.next === "delimiter") at = cell.end;
      else return { record: { kind: "record", cells }, end: cell.end };
    }
  }

  #cell(text: string, start: number, isLast: boolean): FoundCell | "more" {
    const { quoteChar, skipInitialSpace } = this.#dialect;
    const from = skipInitialSpace ? this.#afterSpaces(text, start) : start;
    return quoteChar !== "" && text.startsWith(quoteChar, from) ? this.#quoted(text, from, isLast) : this.#plain(text, from, isLast);
  }

  #quoted(text: string, open: number, isLast: boolean): FoundCell | "more" {
    const { quoteChar, escapeChar } = this.#dialect;
    let value = "";
    for (let at = open + quoteChar.length; at < text.length; at++) {
      const character = text[at] ?? "";
      if (character === escapeChar) value += text[++at] ?? "";
      else if (character !== quoteChar) value += character;
      else if (text[at + 1] === quoteChar) value += text[++at] ?? "";
      else {
        const after = this.#dialect.skipInitialSpace ? this.#afterSpaces(text, at + 1) : at + 1;
        if (after >= text.length && !isLast) return "more";
        return this.#ending(text, after) === undefined ? { reason: rejectReason("quote_not_closing") } : this.#found(text, after, value);
      }
    }
    return "more";
  }

  #plain(text: string, start: number, isLast: boolean): FoundCell | "more" {
    const { quoteChar, escapeChar, nullSequence } = this.#dialect;
    let value = "";
    let at = start;
    for (; at < text.length && this.#ending(text, at) === undefined; at++) {
      const character = text[at] ?? "";
      if (character === escapeChar) value += text[++at] ?? "";
      else if (character === quoteChar) return { reason: rejectReason("quote_inside") };
      else value += character;
    }
    if (at >= text.length && !isLast) return "more";
    const raw = text.slice(start, at);
    return this.#found(text, at, raw === "" || raw === nullSequence ? null : value);
  }

  #found(text: string, at: number, value: string | null): FoundCell {
    const ending = this.#ending(text, at) ?? { next: "end", length: 0 };
    return { value, next: ending.next, end: at + ending.length };
  }

  /** The delimiter or line end that stands here. */
  #ending(text: string, at: number): { readonly next: "delimiter" | "end"; readonly length: number } | undefined {
    const { delimiter } = this.#dialect;
    if (at >= text.length) return { next: "end", length: 0 };
    if (text.startsWith(delimiter, at)) return { next: "delimiter", length: delimiter.length };
    if (text[at] === "\n") return { next: "end", length: 1 };
    return text[at] === "\r" && text[at + 1] === "\n" ? { next: "end", length: 2 } : undefined;
  }

  #afterSpaces(text: string, start: number): number {
    let at = start;
    while (text[at] === " " && !text.startsWith(this.#dialect.delimiter, at)) at++;
    return at;
  }
}

type FoundCell = { readonly value: string | null; readonly next: "delimiter" | "end"; readonly end: number } | { readonly reason: string };

function lineEndAfter(text: string, start: number, isLast: boolean): number | undefined {
  const lineFeed = text.indexOf("\n", start);
  if (lineFeed >= 0) return lineFeed + 1;
  return isLast ? text.length : undefined;
}

const KEPT_CHARACTERS = 4000;

/** One bad quote costs one line. */
function broken(text: string, start: number, at: { readonly end: number; readonly reason: string }): ParsedRecord {
  const line = text.slice(start, Math.min(at.end, start + KEPT_CHARACTERS)).replace(/\r?\n$/, "");
  return { record: { kind: "broken", text: line, reason: at.reason }, end: at.end };
}
