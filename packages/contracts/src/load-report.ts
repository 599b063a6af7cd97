/** What one load did: kept with the task instance, shown in the interface. Row counts satisfy read = loaded + rejected + filtered. */
export interface LoadReport {
  readonly flow: string;
  readonly loadId: string;
  readonly status: "loaded" | "repeated" | "failed";
  readonly source: { readonly name: string; readonly file: string; readonly sha256: string; readonly bytes: number };
  readonly target: { readonly connection: string; readonly schema: string; readonly table: string };
  readonly rows: {
    readonly read: number;
    readonly loaded: number;
    readonly rejected: number;
    readonly filtered: number;
    readonly inserted: number;
    readonly updated: number;
    readonly unchanged: number;
    readonly deleted: number;
    /** Rows in the target afterwards. */
    readonly target: number;
  };
  /** What the columns of the target are and come from. */
  readonly lineage?: LoadLineage;
  /** Of an incremental load: where its cursor stood and stands. */
  readonly cursor?: { readonly column: string; readonly before: string | null; readonly after: string | null };
  /** The part of the data that was loaded; absent: all of it. */
  readonly slice?: string;
  /** The reject table holds all; these are the first (at most 200). */
  readonly rejects: readonly RejectedCell[];
  readonly rules: readonly RuleResult[];
  readonly durationsMs: { readonly [phase: string]: number };
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly error?: string;
}

/** What is known of the columns on both sides, with types as each side calls them. */
export interface LoadLineage {
  /** Fields of the source; empty for a query, whose sources are the tables that its columns name. */
  readonly fields: readonly { readonly name: string; readonly type: string }[];
  readonly columns: readonly LineageColumn[];
}

export interface LineageColumn {
  readonly name: string;
  readonly type: string;
  readonly description: string | null;
  /** Empty: a constant, or something that the load adds. `table`: `schema.table` of the same warehouse; null: a field of the source. */
  readonly from: readonly { readonly table: string | null; readonly field: string }[];
}

export interface RejectedCell {
  /** Number of the record in the file, from 1, without the header. */
  readonly row: number;
  readonly column: string;
  readonly value: string | null;
  readonly reason: string;
}

export interface RuleResult {
  readonly name: string;
  /** ODCS metric: nullValues, missingValues, invalidValues, duplicateValues, rowCount, sql; or a kind of Polyflow's own, such as freshness. */
  readonly metric: string;
  readonly column?: string;
  readonly severity: "error" | "warning";
  readonly status: "passed" | "warned" | "failed";
  readonly expected: string;
  readonly actual: number;
  /** Unit of `actual`. */
  readonly unit: "rows" | "percent" | "hours" | "number";
  /** What should be known about the measurement, for example that there is no history yet. */
  readonly note?: string;
}
