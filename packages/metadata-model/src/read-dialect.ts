import { checkPattern } from "./check-pattern.ts";
import type { MetadataDocument } from "./metadata-document.ts";
import type { CellRange, SourceDialect, SourceFormat } from "./source-definition.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** A dialect as the YAML has it. */
export interface RawDialect {
  readonly header?: boolean;
  readonly headerRows?: readonly number[];
  readonly headerJoin?: string;
  readonly delimiter?: string;
  readonly quoteChar?: string;
  readonly escapeChar?: string;
  readonly skipInitialSpace?: boolean;
  readonly nullSequence?: string;
  readonly commentChar?: string;
  readonly property?: string;
  readonly sheetName?: string;
  readonly sheetNumber?: number;
  readonly range?: string;
  readonly hiddenRows?: "read" | "skip";
  readonly hiddenColumns?: "read" | "skip";
  readonly mergedCells?: "first" | "fill";
  readonly footerRows?: number;
  readonly totals?: string;
}

const TEXT: readonly SourceFormat[] = ["csv", "tsv"];
const SHEETS: readonly SourceFormat[] = ["xlsx", "xls"];
const TABLES: readonly SourceFormat[] = [...TEXT, ...SHEETS];

/** Keys that mean something for some formats only. */
const KEYS_OF_FORMATS: { readonly [key in keyof Required<RawDialect>]: readonly SourceFormat[] } = {
  header: TABLES,
  headerRows: TABLES,
  headerJoin: TABLES,
  delimiter: TEXT,
  quoteChar: TEXT,
  escapeChar: TEXT,
  skipInitialSpace: TEXT,
  nullSequence: TEXT,
  commentChar: TEXT,
  property: ["json", "xml"],
  sheetName: SHEETS,
  sheetNumber: SHEETS,
  range: SHEETS,
  hiddenRows: SHEETS,
  hiddenColumns: SHEETS,
  mergedCells: SHEETS,
  footerRows: SHEETS,
  totals: SHEETS,
};

/** Reports keys that the format does not have, and values that contradict each other. */
export function checkDialect(document: MetadataDocument, format: SourceFormat, raw: RawDialect): void {
  for (const [key, formats] of Object.entries(KEYS_OF_FORMATS)) {
    if (!Object.hasOwn(raw, key) || formats.includes(format)) continue;
    document.report(["dialect", key], { message: `\`${key}\` means nothing for the format ${format}`, proposal: "remove it", atKey: true });
  }
  if (TEXT.includes(format)) checkCharacters(document, dialectOf(format, raw));
  if (SHEETS.includes(format)) checkSheet(document, raw);
  if (raw.header === false && raw.headerRows !== undefined) {
    document.report(["dialect", "headerRows"], {
      message: "there are no header rows with `header: false`",
      proposal: "remove one of them",
    });
  }
  if (raw.headerRows?.some((row, index) => index > 0 && row <= (raw.headerRows?.[index - 1] ?? 0)) === true) {
    document.report(["dialect", "headerRows"], { message: "the header rows must be in ascending order" });
  }
  if (format !== "xml") return;
  if (raw.property === undefined) {
    document.report(["dialect"], {
      message: "XML needs `property`: the path of the element that is a record",
      proposal: "write `dialect: {property: /Root/Item}`",
    });
  } else if (!/^\/?[^/\s]+(\/[^/\s]+)*$/.test(raw.property)) {
    document.report(["dialect", "property"], {
      message: `"${raw.property}" is no path of elements`,
      proposal: "write it like `/Root/Item`",
    });
  }
}

function checkCharacters(document: MetadataDocument, dialect: SourceDialect): void {
  for (const key of ["delimiter", "quoteChar", "escapeChar", "commentChar"] as const) {
    if (dialect[key] !== undefined && /[\r\n]/.test(dialect[key])) {
      document.report(["dialect", key], { message: `\`${key}\` must not be a line end` });
    }
  }
  const { delimiter, quoteChar, escapeChar } = dialect;
  if (delimiter === quoteChar) document.report(["dialect"], { message: "`delimiter` and `quoteChar` are the same character" });
  if (escapeChar === delimiter || escapeChar === quoteChar) {
    document.report(["dialect", "escapeChar"], {
      message: "`escapeChar` is the delimiter or the quote",
      proposal: "leave it out: a quote within quotes is doubled",
    });
  }
}

function checkSheet(document: MetadataDocument, raw: RawDialect): void {
  if (raw.sheetName !== undefined && raw.sheetNumber !== undefined) {
    document.report(["dialect", "sheetNumber"], { message: "the sheet has a name already", proposal: "remove one of them", atKey: true });
  }
  if (raw.totals !== undefined) checkPattern(document, raw.totals, ["dialect", "totals"]);
  const range = raw.range === undefined ? undefined : parseRange(raw.range);
  if (range === undefined) return;
  if ((range.lastColumn ?? Infinity) < range.firstColumn || (range.lastRow ?? Infinity) < range.firstRow || range.firstRow < 1) {
    document.report(["dialect", "range"], { message: `the range "${raw.range}" ends before it begins` });
  }
}

/** `B3:H200` as numbers. */
function parseRange(text: string): CellRange {
  const [, firstColumn = "A", firstRow, lastColumn, lastRow] = /^([A-Z]+)(\d+)?:([A-Z]+)?(\d+)?$/.exec(text.toUpperCase()) ?? [];
  return withoutUndefined({
    firstColumn: columnNumber(firstColumn),
    firstRow: Number(firstRow ?? 1),
    lastColumn: lastColumn === undefined ? undefined : columnNumber(lastColumn),
    lastRow: lastRow === undefined ? undefined : Number(lastRow),
  });
}

/**
 * Number of a spreadsheet's column, from 1.
 * @example columnNumber("AA"); // 27
 */
export function columnNumber(letters: string): number {
  let number = 0;
  for (const letter of letters) number = number * 26 + letter.charCodeAt(0) - 64;
  return number;
}

/** The dialect with its defaults. */
export function dialectOf(format: SourceFormat, written: RawDialect): SourceDialect {
  return withoutUndefined({
    header: written.header ?? true,
    headerRows: written.headerRows,
    headerJoin: written.headerJoin ?? " ",
    delimiter: written.delimiter ?? (format === "tsv" ? "\t" : ","),
    quoteChar: written.quoteChar ?? '"',
    escapeChar: written.escapeChar,
    skipInitialSpace: written.skipInitialSpace ?? false,
    nullSequence: written.nullSequence,
    commentChar: written.commentChar,
    property: written.property,
    sheet: withoutUndefined({
      sheet: written.sheetName ?? written.sheetNumber ?? 1,
      range: written.range === undefined ? undefined : parseRange(written.range),
      skipsHiddenRows: written.hiddenRows === "skip",
      skipsHiddenColumns: written.hiddenColumns === "skip",
      fillsMergedCells: written.mergedCells === "fill",
      footerRows: written.footerRows ?? 0,
      totals: written.totals,
    }),
  });
}
