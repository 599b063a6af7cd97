import type { Translations } from "./translations.ts";

/** `partition` deletes the partitions that arrive and inserts them anew. */
export type LoadMode = "append" | "replace" | "merge" | "partition";
/**
 * How a merge writes. `upsert`: updates what differs, inserts what is new. `delete_insert`: deletes rows of the arriving keys and inserts
 * them anew, in SQL that every PostgreSQL since 9.4 and Greenplum take. `insert_only`: rows of known keys stay as they are.
 * `scd2`: a changed row ends the version it had and begins a new one.
 */
export type MergeStrategy = "upsert" | "delete_insert" | "insert_only" | "scd2";
/** What happens to a record whose cursor is empty. */
export type NullCursorPolicy = "reject" | "include" | "skip";

/** Incremental loading: only records at or after the last cursor value less the lookback are loaded. */
export interface LoadCursor {
  /** Column of the target (physical name). */
  readonly column: string;
  /** Field of the source that feeds the column: what a database or an API is asked by. */
  readonly field: string;
  /** A number for numeric cursors, an interval of PostgreSQL (`2 days`) for times. */
  readonly lookback?: string;
  readonly onNull: NullCursorPolicy;
}

/** What happens to rows of the target that a full snapshot no longer has. */
export interface MissingRowsPolicy {
  /** `delete`: they go; `mark`: their `_deleted_at` is set. A history (`scd2`) ends their versions in either case. */
  readonly action: "delete" | "mark";
  /** Share of the target, in percent, above which the load fails instead. */
  readonly maxPercent: number;
}

/** What is done when the data is not as its contract says. */
export type ContractPolicy = "freeze" | "evolve" | "discard_row" | "discard_value" | "quarantine";

export interface FlowContract {
  /** A target table that does not exist. */
  readonly tables: "evolve" | "freeze";
  /** Columns that only one of file, entity and table has. */
  readonly columns: ContractPolicy;
  /** Cells that are not of their type. */
  readonly dataType: ContractPolicy;
}
/** Which of several records with one key counts, in the order of the file; `fail`: there must not be several. */
export type DedupPolicy = "last" | "first" | "fail";
export type SystemValue = "load_id" | "loaded_at" | "file" | "row_number";

/** Where the value of one column of the target comes from. */
export type ColumnMapping =
  | { readonly kind: "field"; readonly column: string; readonly field: string }
  | { readonly kind: "constant"; readonly column: string; readonly value: string | null }
  | { readonly kind: "system"; readonly column: string; readonly value: SystemValue };

/** `> 1%`, `>= 10`: a limit on rejected records. */
export interface RejectThreshold {
  readonly text: string;
  readonly inclusive: boolean;
  readonly limit: number;
  readonly unit: "rows" | "percent";
}

export interface FlowSchedule {
  readonly cron: string;
  /** IANA name. */
  readonly timezone?: string;
}

/** Which source goes into which entity, and how. */
export interface FlowDefinition {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly translations?: Translations;
  /** Name of the source. */
  readonly source: string;
  /** Ref of the entity. */
  readonly target: string;
  readonly connection: string;
  readonly mapping: readonly ColumnMapping[];
  readonly mode: LoadMode;
  readonly strategy: MergeStrategy;
  /** Columns (physical names) that tell rows apart; empty for modes that need none. */
  readonly keys: readonly string[];
  /** Columns (physical names) whose values name a partition; empty unless the mode is partition. */
  readonly partitionBy: readonly string[];
  readonly cursor?: LoadCursor;
  /** Column (physical name) that a slice's interval cuts. */
  readonly sliceBy?: string;
  readonly missingRows?: MissingRowsPolicy;
  /** Replace fails when it would leave fewer than 100 minus this percent of the rows. */
  readonly maxShrinkPercent: number;
  /** Rows that are equal already are left alone. */
  readonly onlyChanged: boolean;
  readonly dedup: DedupPolicy;
  readonly contract: FlowContract;
  readonly failIf?: RejectThreshold;
  readonly warnIf?: RejectThreshold;
  readonly allowEmptySource: boolean;
  /** Statistics of the columns are kept after each load. */
  readonly profile: boolean;
  /** Cron expression or preset; the flow then becomes a DAG by itself. */
  readonly schedule?: FlowSchedule;
  /** The YAML file, relative to the project. */
  readonly file: string;
}
