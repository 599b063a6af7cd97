/** Which records a load takes at all, by the value of one column. */
export interface RowFilter {
  readonly column: string;
  /** SQL condition on the typed value; records for which it is not true are left out. */
  readonly keeps: (value: string) => string;
}
