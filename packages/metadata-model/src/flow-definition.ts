export type LoadMode = "append" | "replace" | "merge";
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

/** Which source goes into which entity, and how. */
export interface FlowDefinition {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** Name of the source. */
  readonly source: string;
  /** Ref of the entity. */
  readonly target: string;
  readonly connection: string;
  readonly mapping: readonly ColumnMapping[];
  readonly mode: LoadMode;
  /** Columns (physical names); empty unless the mode is merge. */
  readonly keys: readonly string[];
  /** Rows that are equal already are left alone. */
  readonly onlyChanged: boolean;
  readonly dedup: DedupPolicy;
  /** `evolve`: columns that the entity has and the table lacks are added. */
  readonly columnsContract: "freeze" | "evolve";
  readonly failIf?: RejectThreshold;
  readonly warnIf?: RejectThreshold;
  readonly allowEmptySource: boolean;
  /** The YAML file, relative to the project. */
  readonly file: string;
}
