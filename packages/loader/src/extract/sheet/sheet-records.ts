import { rejectReason } from "@polyflow/contracts";
import type { SheetDialect, SourceDefinition } from "@polyflow/metadata-model";
import { headerNames, joinHeaderRows } from "../header-names.ts";
import type { RecordItem } from "../record-extraction.ts";
import { MergedFiller } from "./merged-filler.ts";
import { SheetCellText } from "./sheet-cell-text.ts";
import { isFilled, readSheetHeader } from "./sheet-header.ts";
import type { SheetRow, SheetSource } from "./sheet-source.ts";

type Cells = SheetRow["cells"];

/** The records of one table in a sheet, once its header has been read. */
export class SheetRecords {
  readonly header: readonly string[];
  readonly #rows: AsyncIterable<readonly SheetRow[]>;
  readonly #columns: readonly number[];
  readonly #dialect: SheetDialect;
  readonly #texts: readonly SheetCellText[];
  readonly #filler: MergedFiller | undefined;
  readonly #totals: RegExp | undefined;

  private constructor(
    source: SourceDefinition,
    sheet: SheetSource,
    found: {
      readonly header: readonly string[];
      readonly columns: readonly number[];
      readonly rows: AsyncIterable<readonly SheetRow[]>;
    },
  ) {
    this.header = found.header;
    this.#columns = found.columns;
    this.#rows = found.rows;
    this.#dialect = source.dialect.sheet;
    this.#totals = this.#dialect.totals === undefined ? undefined : new RegExp(this.#dialect.totals, "u");
    const fields = new Map(source.fields.map((field) => [field.name, field]));
    this.#texts = found.header.map((name) => new SheetCellText(fields.get(name), sheet.is1904));
    this.#filler = this.#dialect.fillsMergedCells ? new MergedFiller(sheet.mergedCells) : undefined;
  }

  /** Reads up to the end of the header. */
  static async open(source: SourceDefinition, sheet: SheetSource): Promise<SheetRecords> {
    const { dialect } = source;
    const rows = sheet.rows();
    if (!dialect.header) {
      const first = dialect.sheet.range?.firstColumn ?? 1;
      const columns = visibleColumns(sheet, dialect.sheet, { first, last: first + source.fields.length - 1 });
      const header = source.fields.slice(0, columns.length).map((field) => field.name);
      return new SheetRecords(source, sheet, { header, columns, rows });
    }
    const { headerRows, following } = await readSheetHeader(source, sheet, rows);
    const last = dialect.sheet.range?.lastColumn ?? Math.max(...headerRows.map(lastFilled));
    const columns = visibleColumns(sheet, dialect.sheet, { first: dialect.sheet.range?.firstColumn ?? 1, last });
    const texts = new SheetCellText(undefined, sheet.is1904);
    const parts = headerRows.map((cells) => columns.map((column) => texts.write(cells[column])));
    const header = headerNames(joinHeaderRows(parts, columns.length, dialect.headerJoin));
    return new SheetRecords(source, sheet, { header, columns, rows: following });
  }

  /** Records in their order; blank rows, totals and the footer are left out. */
  async *batches(): AsyncGenerator<readonly RecordItem[], void> {
    const held: RecordItem[] = [];
    const { footerRows } = this.#dialect;
    for await (const rows of this.#rows) {
      for (const row of rows) {
        const record = this.#record(row);
        if (record !== undefined) held.push(record);
      }
      if (held.length > footerRows) yield held.splice(0, held.length - footerRows);
    }
  }

  #record(row: SheetRow): RecordItem | undefined {
    if (!this.#isWanted(row)) return undefined;
    const cells = this.#filler?.fill(row) ?? row.cells;
    const texts = this.#columns.map((column, index) => this.#texts[index]?.write(cells[column]) ?? null);
    const first = texts.find((text): text is string => text !== null && text !== "");
    const stray = this.#strayColumn(cells);
    if (first === undefined && stray === undefined) return undefined;
    if (first !== undefined && this.#totals?.test(first) === true) return undefined;
    if (stray === undefined) return { cells: texts };
    return {
      reason: rejectReason("beyond_header", { column: columnLetters(stray), row: row.number }),
      text: JSON.stringify(texts),
    };
  }

  #isWanted(row: SheetRow): boolean {
    const { range, skipsHiddenRows } = this.#dialect;
    if (skipsHiddenRows && row.isHidden) return false;
    return range === undefined || (row.number >= range.firstRow && row.number <= (range.lastRow ?? Infinity));
  }

  /** The first column beyond the header that has something in it, unless a range says where the table ends. */
  #strayColumn(cells: Cells): number | undefined {
    if (this.#dialect.range?.lastColumn !== undefined) return undefined;
    const last = this.#columns.at(-1) ?? 0;
    for (let column = last + 1; column < cells.length; column++) if (isFilled(cells[column])) return column;
    return undefined;
  }
}

function visibleColumns(
  sheet: SheetSource,
  dialect: SheetDialect,
  span: { readonly first: number; readonly last: number },
): readonly number[] {
  const all = Array.from({ length: Math.max(0, span.last - span.first + 1) }, (_, index) => span.first + index);
  return dialect.skipsHiddenColumns ? all.filter((column) => !sheet.hiddenColumns.has(column)) : all;
}

function lastFilled(cells: Cells): number {
  return cells.findLastIndex(isFilled);
}

/** Name of a column, numbered from 1: 27 is `AA`. */
export function columnLetters(column: number): string {
  return column > 26
    ? columnLetters(Math.floor((column - 1) / 26)) + columnLetters(((column - 1) % 26) + 1)
    : String.fromCharCode(64 + column);
}
