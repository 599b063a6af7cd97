/** A difference between what the metadata says and what the file or the table is. */
export interface Drift {
  readonly kind: DriftKind;
  /** Name in the file or the table. */
  readonly column: string;
  /** What the metadata says, or the type before; null: nothing. */
  readonly before: string | null;
  /** What has been found; null: nothing. */
  readonly after: string | null;
  /** What the load did about it. */
  readonly action: DriftAction;
}

/**
 * `file_column_new`: the file has a column that no field describes; `file_column_missing`: a described column is not in the file;
 * `table_column_missing`: the table lacks a column of the entity; `type_changed`: cells are not of the declared type.
 */
export type DriftKind = "file_column_new" | "file_column_missing" | "table_column_missing" | "type_changed";
export type DriftAction =
  | "refused"
  | "column_added"
  | "type_widened"
  | "rows_discarded"
  | "values_discarded"
  | "rows_quarantined"
  | "read_as_null";

/** What a contract's policy does about a column that should not be there. */
export const COLUMN_ACTIONS = {
  freeze: "refused",
  evolve: "column_added",
  discard_row: "rows_discarded",
  discard_value: "values_discarded",
  quarantine: "rows_quarantined",
} as const;
