import { TextDecoder } from "node:util";
import type { SourceDefinition } from "@polyflow/metadata-model";
import { decoderLabel } from "../extract/byte-source.ts";
import { openContent } from "../extract/container/open-content.ts";
import { splitCsvRecord } from "../extract/csv-record.ts";
import { SheetCellText } from "../extract/sheet/sheet-cell-text.ts";
import { openSheetSource } from "../extract/sheet/sheet-extraction.ts";
import type { MergedCells, SheetSource } from "../extract/sheet/sheet-source.ts";
import type { SourceFile } from "../extract/source-file.ts";
import type { LoadLimits } from "../load-request.ts";

/** The beginning of a file as it lies there, before anybody says which part of it is the table. */
export interface RawGrid {
  /** Of a workbook; empty for text. */
  readonly sheets: readonly string[];
  /** The sheet that is shown. */
  readonly sheet: string | null;
  readonly rows: readonly RawRow[];
  /** Cells that are one; the first of them has the value. */
  readonly merged: readonly MergedCells[];
  /** From 1. */
  readonly hiddenColumns: readonly number[];
  /** There are more rows or columns than are shown. */
  readonly isCut: boolean;
}

export interface RawRow {
  /** From 1: of the sheet, or of the text's records. */
  readonly number: number;
  readonly isHidden: boolean;
  /** From the first column on. */
  readonly cells: readonly (string | null)[];
}

export interface RawGridOptions {
  readonly rows: number;
  readonly limits: LoadLimits;
}

const MOST_COLUMNS = 200;
const LONGEST_CELL = 300;
const SAMPLE_BYTES = 512 * 1024;

/**
 * Reads the first rows of a workbook or of a text table as they are; other formats have no rows before they are read by a description.
 * @throws PolyflowError `source_unreadable`
 */
export async function rawGrid(file: SourceFile, source: SourceDefinition, options: RawGridOptions): Promise<RawGrid | undefined> {
  const limits = { ...options.limits, ...source.limits };
  const content = await openContent(file, source, limits);
  try {
    const { format, dialect } = source;
    if (format === "csv" || format === "tsv") return textGrid(await readStart(content), source, options.rows);
    if (format !== "xlsx" && format !== "xls") return undefined;
    return await sheetGrid(content, { format, sheet: dialect.sheet.sheet, limits, rows: options.rows });
  } finally {
    await content.close();
  }
}

interface SheetWanted extends RawGridOptions {
  readonly format: "xlsx" | "xls";
  readonly sheet: string | number;
}

async function sheetGrid(content: SourceFile, wanted: SheetWanted): Promise<RawGrid> {
  const { sheet, names } = await openSheetSource(content, wanted);
  try {
    const { rows, isCut } = await firstRows(sheet, wanted.rows);
    const last = rows.at(-1)?.number ?? 0;
    const merged = sheet.mergedCells.filter((cells) => cells.firstRow <= last && cells.firstColumn <= MOST_COLUMNS).slice(0, 2000);
    const hiddenColumns = [...sheet.hiddenColumns].filter((column) => column <= MOST_COLUMNS);
    return { sheets: names, sheet: sheet.name, rows, merged, hiddenColumns, isCut };
  } finally {
    await sheet.close();
  }
}

async function firstRows(sheet: SheetSource, count: number): Promise<{ readonly rows: readonly RawRow[]; readonly isCut: boolean }> {
  const writer = new SheetCellText(undefined, sheet.is1904);
  const found: RawRow[] = [];
  let isWide = false;
  for await (const batch of sheet.rows()) {
    for (const row of batch) {
      if (found.length >= count || row.number > count) return { rows: found, isCut: true };
      // rows that the workbook says nothing of are blank
      for (let number = (found.at(-1)?.number ?? 0) + 1; number < row.number; number++) found.push({ number, isHidden: false, cells: [] });
      isWide ||= row.cells.length > MOST_COLUMNS + 1;
      const cells = Array.from(row.cells.slice(1, MOST_COLUMNS + 1), (cell) => shortened(writer.write(cell)));
      found.push({ number: row.number, isHidden: row.isHidden, cells });
    }
  }
  return { rows: found, isCut: isWide };
}

function shortened(text: string | null): string | null {
  return text !== null && text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL)}…` : text;
}

async function readStart(content: SourceFile): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean }> {
  const sample = Buffer.allocUnsafe(SAMPLE_BYTES);
  let filled = 0;
  while (filled < SAMPLE_BYTES) {
    const count = await content.read(sample, filled);
    if (count === 0) return { bytes: sample.subarray(0, filled), isWhole: true };
    filled += count;
  }
  return { bytes: sample, isWhole: false };
}

function textGrid(start: { readonly bytes: Buffer; readonly isWhole: boolean }, source: SourceDefinition, count: number): RawGrid {
  const { delimiter, quoteChar } = source.dialect;
  const text = new TextDecoder(decoderLabel(source.encoding)).decode(start.bytes, { stream: true });
  const { records, rest } = splitRecords(text, quoteChar, count);
  if (start.isWhole && records.length < count && rest !== "") records.push(rest);
  const rows = records.map((record, index) => {
    const cells = splitCsvRecord(record, delimiter, quoteChar);
    return { number: index + 1, isHidden: false, cells: cells.slice(0, MOST_COLUMNS).map(shortened) };
  });
  const isCut = !start.isWhole || (records.length === count && rest !== "");
  return { sheets: [], sheet: null, rows, merged: [], hiddenColumns: [], isCut };
}

/** Records of a text, quotes considered. */
function splitRecords(text: string, quote: string, count: number): { readonly records: string[]; readonly rest: string } {
  const records: string[] = [];
  let start = 0;
  let inQuotes = false;
  for (let at = 0; at < text.length && records.length < count; at++) {
    if (text[at] === quote) inQuotes = !inQuotes;
    else if (text[at] === "\n" && !inQuotes) {
      records.push(text.slice(start, at).replace(/\r$/, ""));
      start = at + 1;
    }
  }
  return { records, rest: text.slice(start) };
}
