/** What writing did to the rows of the target. */
export interface RowCounts {
  readonly loaded: number;
  /** Records that lost against another one with the same key. */
  readonly filtered: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
}

export const NO_ROWS: RowCounts = { loaded: 0, filtered: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0 };
