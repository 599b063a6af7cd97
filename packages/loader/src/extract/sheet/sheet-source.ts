/** A cell as the workbook stores it. */
export type SheetCell =
  | { readonly kind: "text"; readonly text: string }
  /** Digits with a point. */
  | { readonly kind: "number"; readonly text: string }
  /** A number that its format shows as a date or time. */
  | { readonly kind: "serial"; readonly value: number; readonly style: SerialStyle }
  | { readonly kind: "boolean"; readonly value: boolean };

export type SerialStyle = "date" | "datetime" | "time";

/** A row that the sheet has something to say about. */
export interface SheetRow {
  /** From 1. */
  readonly number: number;
  readonly isHidden: boolean;
  /** By number of the column, from 1; index 0 is never used. */
  readonly cells: readonly (SheetCell | undefined)[];
}

/** All from 1, inclusive. */
export interface MergedCells {
  readonly firstRow: number;
  readonly lastRow: number;
  readonly firstColumn: number;
  readonly lastColumn: number;
}

/** What a reader of workbooks says of one sheet. */
export interface SheetSource {
  readonly name: string;
  /** Days are counted from 1904, as on old Macs. */
  readonly is1904: boolean;
  readonly mergedCells: readonly MergedCells[];
  readonly hiddenColumns: ReadonlySet<number>;
  /** Rows in their order, in batches. */
  rows(): AsyncGenerator<readonly SheetRow[], void>;
  close(): Promise<void>;
}
