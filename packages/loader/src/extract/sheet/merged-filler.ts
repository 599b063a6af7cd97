import type { MergedCells, SheetCell, SheetRow } from "./sheet-source.ts";

/** Gives every cell of a merged range the value of its first cell; rows must come in their order. */
export class MergedFiller {
  /** Ranges in the order of their first rows. */
  readonly #ranges: readonly MergedCells[];
  readonly #active = new Map<MergedCells, SheetCell | undefined>();
  #next = 0;

  constructor(ranges: readonly MergedCells[]) {
    this.#ranges = ranges.toSorted((left, right) => left.firstRow - right.firstRow);
  }

  /** The cells of a row with those filled that ranges cover. */
  fill(row: SheetRow): SheetRow["cells"] {
    for (let range = this.#ranges[this.#next]; range !== undefined && range.firstRow <= row.number; range = this.#ranges[++this.#next]) {
      // a range whose first row is absent from the file has no value
      this.#active.set(range, range.firstRow === row.number ? row.cells[range.firstColumn] : undefined);
    }
    if (this.#active.size === 0) return row.cells;
    const cells = [...row.cells];
    for (const [range, value] of this.#active) {
      if (range.lastRow < row.number) this.#active.delete(range);
      else for (let column = range.firstColumn; column <= range.lastColumn; column++) cells[column] = value;
    }
    return cells;
  }
}
