import { splitCsvRecord } from "../extract/csv-record.ts";
import { isIsoMoment } from "../preview/date-reader.ts";

export interface DetectedCsv {
  readonly delimiter: string;
  readonly header: boolean;
  /** Rows of the header, where it is not the first that is not blank. */
  readonly headerRows?: readonly number[];
  readonly columnCount: number;
  readonly notes: readonly string[];
}

const DELIMITERS = [",", ";", "\t", "|"] as const;
const SAMPLE_RECORDS = 200;

/** Judges delimiter and header of a text table by its first records. */
export function detectCsv(
  text: string,
  hints: { readonly delimiter?: string | undefined; readonly header?: boolean | undefined },
): DetectedCsv {
  const candidates = (hints.delimiter === undefined ? DELIMITERS : [hints.delimiter]).map((delimiter) => judgeDelimiter(text, delimiter));
  const [best] = candidates.toSorted((left, right) => right.score - left.score);
  if (best === undefined) return { delimiter: ",", header: true, columnCount: 1, notes: [] };
  const notes: string[] = [];
  if (best.columnCount === 1) notes.push("delimiter: none found; every line is one column");
  else if (hints.delimiter === undefined)
    notes.push(
      `delimiter: ${JSON.stringify(best.delimiter)} divides ${best.regular} of ${best.rows.length} records into ${best.columnCount} columns`,
    );
  const place = best.rows.findIndex((row) => row.cells.length === best.columnCount);
  const first = best.rows[place];
  const header =
    hints.header ??
    looksLikeHeader(
      first?.cells ?? [],
      best.rows.slice(place + 1).map((row) => row.cells),
    );
  notes.push(
    header
      ? `header: record ${first?.number ?? 1}, names unlike the values below`
      : "header: none; the first record looks like the others, so fields are named column_1 …",
  );
  const isFirst = place <= 0 || best.rows.slice(0, place).every((row) => row.cells.join("") === "");
  return {
    delimiter: best.delimiter,
    header,
    columnCount: best.columnCount,
    notes,
    ...(header && !isFirst && first !== undefined ? { headerRows: [first.number] } : {}),
  };
}

interface JudgedDelimiter {
  readonly delimiter: string;
  readonly rows: readonly { readonly number: number; readonly cells: readonly string[] }[];
  readonly columnCount: number;
  /** Records that have so many columns. */
  readonly regular: number;
  readonly score: number;
}

function judgeDelimiter(text: string, delimiter: string): JudgedDelimiter {
  const records = splitRecords(text).slice(0, SAMPLE_RECORDS);
  const rows = records
    .map((record, index) => ({ number: index + 1, cells: splitCsvRecord(record, delimiter, '"') }))
    .filter((row) => row.cells.join("") !== "");
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(row.cells.length, (counts.get(row.cells.length) ?? 0) + 1);
  const [columnCount = 1, regular = 0] = [...counts].toSorted((left, right) => right[1] - left[1] || right[0] - left[0])[0] ?? [];
  const share = regular / Math.max(1, rows.length);
  const score = columnCount === 1 ? 0.01 : share ** 2 * (1 + Math.log2(columnCount) / 10);
  return { delimiter, rows, columnCount, regular, score };
}

/** Records of a text, quotes considered; the last one may be cut and is left out when it is not the only one. */
function splitRecords(text: string): readonly string[] {
  const records: string[] = [];
  let start = 0;
  let inQuotes = false;
  for (let at = 0; at < text.length && records.length <= SAMPLE_RECORDS; at++) {
    if (text[at] === '"') inQuotes = !inQuotes;
    else if (text[at] === "\n" && !inQuotes) {
      records.push(text.slice(start, at).replace(/\r$/, ""));
      start = at + 1;
    }
  }
  if (records.length === 0) records.push(text.slice(start));
  return records;
}

/** Names are unlike values: no numbers or dates, none empty, none twice, none that comes again below in its column. */
export function looksLikeHeader(first: readonly string[], below: readonly (readonly string[])[]): boolean {
  const filled = first.filter((cell) => cell.trim() !== "");
  if (filled.length === 0 || filled.some(isValue)) return false;
  if (new Set(filled).size < filled.length && below.length === 0) return false;
  return !first.some((cell, column) => cell !== "" && below.some((row) => row[column] === cell));
}

function isValue(cell: string): boolean {
  return /^[+-]?[\d\s\u00a0.,]*\d$/.test(cell) || isIsoMoment(cell, "date") || /^\d{1,2}\.\d{1,2}\.\d{2,4}/.test(cell);
}
