/** How rows get into the target, once they lie typed in a table beside it. */
export type WriteStrategy = "append" | "new_only" | "replace" | "upsert" | "delete_insert" | "insert_only" | "scd2" | "partition";

/** What a write is about: names and values only, so that every dialect can say it in its own words. Names are not quoted yet. */
export interface WriteShape {
  readonly strategy: WriteStrategy;
  readonly target: readonly [schema: string, table: string];
  /** Name of the table that holds the typed rows, quoted as its dialect wants it. */
  readonly incoming: string;
  /** Columns that arrive, in order. */
  readonly columns: readonly string[];
  /** Those whose change makes a row a changed one: neither keys, nor what differs with every load anyway (file name, load time). */
  readonly compared: readonly string[];
  /** Those of `compared` whose type knows no equality (`json`). */
  readonly comparedAsText: readonly string[];
  readonly keys: readonly string[];
  readonly partitionBy: readonly string[];
  /** Rows that equal the arriving ones stay unwritten. */
  readonly onlyChanged: boolean;
  /** What is deleted or compared lies within: SQL conditions on the target's alias `t`, already in the dialect's words. */
  readonly within: readonly string[];
  readonly missingRows?: "delete" | "mark";
  readonly loadId: string;
  /** The moment of the write, as an expression of the dialect. */
  readonly at: string;
}

/** What the number of rows that a statement touched means. `merged`: inserted or updated, told apart by counting the table. */
export type StepCount = "inserted" | "updated" | "replaced" | "merged" | "deleted" | "missing";

export interface WriteStep {
  readonly sql: string;
  /** Undefined: the number means nothing. */
  readonly counts?: StepCount;
}

export const LOAD_ID_COLUMN = "_load_id";
export const LOADED_AT_COLUMN = "_loaded_at";
/** When a version of a history began, and when it ended; NULL: it is the current one. */
export const VALID_FROM_COLUMN = "_valid_from";
export const VALID_TO_COLUMN = "_valid_to";
/** When a row was first missing in a snapshot. */
export const DELETED_AT_COLUMN = "_deleted_at";
