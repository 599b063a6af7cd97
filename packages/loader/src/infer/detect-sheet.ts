import type { RawDialect } from "@polyflow/metadata-model";
import { columnLetters } from "../extract/sheet/sheet-records.ts";
import { SheetCellText } from "../extract/sheet/sheet-cell-text.ts";
import { isFilled } from "../extract/sheet/sheet-header.ts";
import type { SheetRow, SheetSource } from "../extract/sheet/sheet-source.ts";
import { looksLikeHeader } from "./detect-csv.ts";

export interface DetectedSheet {
  readonly dialect: Pick<RawDialect, "header" | "headerRows" | "range" | "totals">;
  readonly columnCount: number;
  readonly notes: readonly string[];
}

const SAMPLE_ROWS = 200;
const TOTALS = "^(Итого|Всего|Total)";

/** Finds the table in a sheet: where it begins, which rows are its header, and whether totals follow. */
export async function detectSheet(
  sheet: SheetSource,
  hints: { readonly headerRows?: readonly number[] | undefined; readonly header?: boolean | undefined },
): Promise<DetectedSheet> {
  const { sample, totals } = await look(sheet);
  const place = placeOf(sample, sheet);
  const headerRows = hints.headerRows ?? headerRowsOf(place.rows, sheet);
  const header = hints.header ?? (hints.headerRows !== undefined || headerRows.length > 1 || beginsWithNames(place, sheet));
  const firstBlank = sample[0]?.number ?? 1;
  const isPlain = headerRows.length === 1 && headerRows[0] === firstBlank;
  return {
    columnCount: place.last - place.first + 1,
    notes: [
      header
        ? `header: row ${headerRows.join(" and ")} of the sheet`
        : "header: none; the first row looks like the others, so fields are named column_1 …",
      ...(place.first > 1 ? [`range: the table begins in column ${columnLetters(place.first)}`] : []),
      ...(totals === undefined ? [] : [`totals: row ${totals.number} begins with "${totals.text}"; such rows are left out`]),
      ...hiddenNotes(sample, place, sheet),
    ],
    dialect: {
      ...headerKeys(header, isPlain ? undefined : headerRows),
      ...(place.first > 1 ? { range: `${columnLetters(place.first)}1:${columnLetters(place.last)}` } : {}),
      ...(totals === undefined ? {} : { totals: TOTALS }),
    },
  };
}

function headerKeys(header: boolean, headerRows: readonly number[] | undefined): Pick<RawDialect, "header" | "headerRows"> {
  if (!header) return { header };
  return headerRows === undefined ? {} : { headerRows };
}

interface TablePlace {
  /** Rows about as wide as the table. */
  readonly rows: readonly SheetRow[];
  readonly first: number;
  readonly last: number;
}

function placeOf(sample: readonly SheetRow[], sheet: SheetSource): TablePlace {
  const usual = usualWidth(sample);
  const rows = sample.filter((row) => coverage(row, sheet) >= usual * 0.6);
  const columns = rows.flatMap((row) => row.cells.flatMap((cell, column) => (isFilled(cell) ? [column] : [])));
  if (columns.length === 0) return { rows, first: 1, last: 1 };
  return { rows, first: Math.min(...columns), last: Math.max(...columns) };
}

function beginsWithNames(place: TablePlace, sheet: SheetSource): boolean {
  const writer = new SheetCellText(undefined, sheet.is1904);
  const [names = [], ...below] = place.rows.map((row) =>
    Array.from({ length: place.last - place.first + 1 }, (_, index) => writer.write(row.cells[place.first + index]) ?? ""),
  );
  return looksLikeHeader(names, below);
}

function hiddenNotes(sample: readonly SheetRow[], place: TablePlace, sheet: SheetSource): readonly string[] {
  const columns = [...sheet.hiddenColumns].filter((column) => column >= place.first && column <= place.last);
  return [
    ...(columns.length === 0
      ? []
      : [`hidden columns ${columns.map(columnLetters).join(", ")} are read; \`hiddenColumns: skip\` leaves them out`]),
    ...(sample.some((row) => row.isHidden) ? ["hidden rows are read; `hiddenRows: skip` leaves them out"] : []),
  ];
}

/** The first rows, and the first row of totals wherever it is. */
async function look(
  sheet: SheetSource,
): Promise<{ readonly sample: readonly SheetRow[]; readonly totals: { readonly number: number; readonly text: string } | undefined }> {
  const sample: SheetRow[] = [];
  let totals: { readonly number: number; readonly text: string } | undefined;
  const pattern = new RegExp(TOTALS, "u");
  for await (const rows of sheet.rows()) {
    for (const row of rows) {
      if (sample.length < SAMPLE_ROWS && row.cells.some(isFilled)) sample.push(row);
      const cell = row.cells.find(isFilled);
      if (totals === undefined && cell?.kind === "text" && pattern.test(cell.text))
        totals = { number: row.number, text: cell.text.slice(0, 40) };
    }
  }
  return { sample, totals };
}

function usualWidth(rows: readonly SheetRow[]): number {
  const counts = new Map<number, number>();
  for (const row of rows) {
    const width = row.cells.filter(isFilled).length;
    counts.set(width, (counts.get(width) ?? 0) + 1);
  }
  return [...counts].toSorted((left, right) => right[1] - left[1] || right[0] - left[0])[0]?.[0] ?? 1;
}

/** Filled cells, each merged one counted in its width, unless the row is one title. */
function coverage(row: SheetRow, sheet: SheetSource): number {
  const filled = row.cells.filter(isFilled).length;
  if (filled < 2) return filled;
  const merged = sheet.mergedCells.filter((range) => range.firstRow <= row.number && range.lastRow >= row.number);
  return filled + merged.reduce((sum, range) => sum + range.lastColumn - range.firstColumn, 0);
}

/** The first wide row, and the rows that its merged cells stand above. */
function headerRowsOf(wide: readonly SheetRow[], sheet: SheetSource): readonly number[] {
  const first = wide[0]?.number ?? 1;
  const merged = sheet.mergedCells.filter((range) => range.firstRow === first);
  const downTo = Math.max(first, ...merged.map((range) => range.lastRow));
  const hasGroups = merged.some((range) => range.lastColumn > range.firstColumn);
  const last = hasGroups ? Math.max(downTo, first + 1) : downTo;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
