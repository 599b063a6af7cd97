import type { Translations } from "./translations.ts";

export type LogicalType = "string" | "integer" | "number" | "boolean" | "date" | "timestamp" | "time" | "object" | "array";

export interface EntityColumn {
  /** Name of the property in the contract. */
  readonly name: string;
  /** Name of the column in the table. */
  readonly column: string;
  readonly logicalType: LogicalType;
  /** PostgreSQL type, like `numeric(18,2)`. */
  readonly physicalType: string;
  readonly required: boolean;
  readonly unique: boolean;
  readonly description?: string;
  readonly translations?: Translations;
  readonly minimum?: string;
  readonly maximum?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Whole-string regular expression. */
  readonly pattern?: string;
  /** IANA zone of instants that are written without one. */
  readonly defaultTimezone?: string;
}

/** The metrics of ODCS, `sql`, and the kinds that Polyflow adds as `type: custom` (see {@link RuleImplementation}). */
export type RuleMetric =
  | "nullValues"
  | "missingValues"
  | "invalidValues"
  | "duplicateValues"
  | "rowCount"
  | "sql"
  | RuleImplementation["rule"];

/** Where the values of a reference must be. */
export interface RuleReference {
  /** Ref of an entity. */
  readonly entity: string;
  /** Name of a property of it, in metadata; physical names once the project has been read. */
  readonly property: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
}

/** What ODCS leaves to vendors: `type: custom`, `engine: polyflow`. */
export type RuleImplementation =
  /** Values that the other entity does not have. */
  | { readonly rule: "reference"; readonly to: RuleReference }
  /** Hours since the greatest value of the column; without a column, since the last row was loaded. */
  | { readonly rule: "freshness" }
  /**
   * The number of rows against earlier loads of the flow. `change`: percent above or below their median; `zscore`: standard deviations
   * from their mean.
   */
  | {
      readonly rule: "volume";
      readonly measure: "change" | "zscore";
      /** Records that a load brought, or rows of the table afterwards. */
      readonly of: "loaded" | "target";
      /** Earlier loads that are looked at. */
      readonly last: number;
      /** With fewer of them the rule passes. */
      readonly minHistory: number;
    }
  /** How far the values have moved since the last load: population stability index, 0 for not at all, above 0.2 for a lot. */
  | { readonly rule: "distribution" }
  | { readonly rule: "aggregate"; readonly function: "avg" | "sum" | "min" | "max" | "stddev" | "median" }
  /** A function of the project: `metadata/rules/<name>.ts` exports it under its name. */
  | { readonly rule: "callable"; readonly name: string };

/** What the measured value must satisfy; names are those of ODCS. */
export type RuleOperator =
  | {
      readonly kind: "mustBe" | "mustNotBe" | "mustBeGreaterThan" | "mustBeGreaterOrEqualTo" | "mustBeLessThan" | "mustBeLessOrEqualTo";
      readonly value: number;
    }
  | { readonly kind: "mustBeBetween" | "mustNotBeBetween"; readonly from: number; readonly to: number };

export interface QualityRule {
  /** Unique within the entity. */
  readonly name: string;
  readonly description?: string;
  readonly translations?: Translations;
  readonly metric: RuleMetric;
  /** Column (physical name) of a rule that stands at a property. */
  readonly column?: string;
  /** Columns (physical names) that duplicates are counted over. */
  readonly columns: readonly string[];
  readonly operator: RuleOperator;
  readonly unit: "rows" | "percent" | "hours" | "number";
  readonly severity: "error" | "warning";
  /** For missingValues: texts that count as missing; null stands for NULL. */
  readonly missingValues: readonly (string | null)[];
  /** For invalidValues. */
  readonly validValues?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: string;
  readonly maximum?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** For the kinds of Polyflow's own. */
  readonly implementation?: RuleImplementation;
  /** For sql: one number; `{object}` is the table, `{property}` the column. */
  readonly query?: string;
}

/** Databases that flows load into. */
export type TargetDatabase = "postgres" | "mssql" | "clickhouse";

/** A table that data goes to: one object of an ODCS 3.1 data contract. */
export interface EntityDefinition {
  /** What flows refer to: the contract's id, with `.<object>` when the contract has several objects. */
  readonly ref: string;
  readonly version: string;
  /** As the type of the contract's server says; undefined where it says none that loads know. */
  readonly database?: TargetDatabase;
  /** Database schema. */
  readonly schema: string;
  readonly table: string;
  readonly title?: string;
  readonly description?: string;
  readonly translations?: Translations;
  /** As the contract's `team` names its owner. */
  readonly owner?: string;
  readonly tags: readonly string[];
  readonly columns: readonly EntityColumn[];
  /** Columns (physical names) in key order; empty when the entity has no primary key. */
  readonly primaryKey: readonly string[];
  readonly rules: readonly QualityRule[];
  /** The YAML file, relative to the project. */
  readonly file: string;
}
