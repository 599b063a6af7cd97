import type { QualityRule } from "./entity-definition.ts";
import type { Translations } from "./translations.ts";

/**
 * What a model becomes. `view`; `table`: built anew each time; `incremental`: rows of known keys are replaced, others added (without a key:
 * added); `snapshot`: the history of a query (SCD 2).
 */
export type Materialization = "view" | "table" | "incremental" | "snapshot";

/** A query whose result is a view or a table of the warehouse. */
export interface ModelDefinition {
  /** The file's name without `.sql`; what others refer to. */
  readonly name: string;
  readonly description?: string;
  readonly translations?: Translations;
  /** Database schema. */
  readonly schema: string;
  readonly table: string;
  readonly materialized: Materialization;
  /** Columns that tell rows apart; needed by snapshots. */
  readonly uniqueKey: readonly string[];
  readonly columns: readonly { readonly name: string; readonly description?: string }[];
  readonly rules: readonly QualityRule[];
  /** The text with its `{{ … }}` and `{% … %}`. */
  readonly sql: string;
  /** Models and entities that it reads from, by name or ref. */
  readonly refs: readonly string[];
  /** The SQL file, relative to the project. */
  readonly file: string;
}
