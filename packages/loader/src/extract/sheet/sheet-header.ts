import { PolyflowError } from "@polyflow/contracts";
import type { SourceDefinition } from "@polyflow/metadata-model";
import { MergedFiller } from "./merged-filler.ts";
import type { SheetCell, SheetRow, SheetSource } from "./sheet-source.ts";

type RowBatches = AsyncGenerator<readonly SheetRow[], void>;

/**
 * Cells of the header rows, merged ones filled sideways, and the rows that follow.
 * @throws PolyflowError `source_empty` when the sheet ends before its header
 */
export async function readSheetHeader(
  source: SourceDefinition,
  sheet: SheetSource,
  rows: RowBatches,
): Promise<{ readonly headerRows: readonly SheetRow["cells"][]; readonly following: AsyncIterable<readonly SheetRow[]> }> {
  const { headerRows: wanted, sheet: dialect } = source.dialect;
  const firstRow = dialect.range?.firstRow ?? 1;
  const collector = new HeaderCollector(sheet, firstRow, wanted);
  for (let next = await rows.next(); next.done !== true; next = await rows.next()) {
    const used = collector.add(next.value);
    if (used !== undefined) return { headerRows: collector.found, following: following(next.value.slice(used), rows) };
  }
  if (collector.found.length > 0) return { headerRows: collector.found, following: following([], rows) };
  throw new PolyflowError(
    "source_empty",
    `The sheet "${sheet.name}" of source "${source.name}" has no header where \`dialect\` looks for it (row ${firstRow + (wanted?.[0] ?? 1) - 1} on). Check \`sheetName\`, \`range\` and \`headerRows\`, or what writes the file.`,
  );
}

async function* following(pending: readonly SheetRow[], rows: RowBatches): RowBatches {
  yield pending;
  yield* rows;
}

class HeaderCollector {
  readonly found: SheetRow["cells"][] = [];
  readonly #filler: MergedFiller;
  readonly #firstRow: number;
  readonly #wanted: readonly number[] | undefined;

  constructor(sheet: SheetSource, firstRow: number, wanted: readonly number[] | undefined) {
    // a cell merged downwards is one name, not one for each row
    this.#filler = new MergedFiller(sheet.mergedCells.map((merged) => ({ ...merged, lastRow: merged.firstRow })));
    this.#firstRow = firstRow;
    this.#wanted = wanted;
  }

  /** Takes the header rows of a batch; returns how many of its rows are used up once the header is complete. */
  add(batch: readonly SheetRow[]): number | undefined {
    for (const [index, row] of batch.entries()) {
      const place = row.number - this.#firstRow + 1;
      if (place < 1) continue;
      const last = this.#wanted?.at(-1);
      if (this.#wanted === undefined ? row.cells.some(isFilled) : this.#wanted.includes(place)) this.found.push(this.#filler.fill(row));
      if (this.found.length > 0 && (last === undefined || place >= last)) return index + 1;
    }
    return undefined;
  }
}

/** True for a cell that shows something. */
export function isFilled(cell: SheetCell | undefined): boolean {
  return cell !== undefined && (cell.kind !== "text" || cell.text.trim() !== "");
}
