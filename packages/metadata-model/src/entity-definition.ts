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
  readonly minimum?: string;
  readonly maximum?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Whole-string regular expression. */
  readonly pattern?: string;
  /** IANA zone of instants that are written without one. */
  readonly defaultTimezone?: string;
}

export type RuleMetric = "nullValues" | "missingValues" | "invalidValues" | "duplicateValues" | "rowCount" | "sql";

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
  readonly metric: RuleMetric;
  /** Column (physical name) of a rule that stands at a property. */
  readonly column?: string;
  /** Columns (physical names) that duplicates are counted over. */
  readonly columns: readonly string[];
  readonly operator: RuleOperator;
  readonly unit: "rows" | "percent";
  readonly severity: "error" | "warning";
  /** For missingValues: texts that count as missing; null stands for NULL. */
  readonly missingValues: readonly (string | null)[];
  /** For invalidValues. */
  readonly validValues?: readonly string[];
  readonly pattern?: string;
  /** For sql: one number; `{object}` is the table, `{property}` the column. */
  readonly query?: string;
}

/** A table that data goes to: one object of an ODCS 3.1 data contract. */
export interface EntityDefinition {
  /** What flows refer to: the contract's id, with `.<object>` when the contract has several objects. */
  readonly ref: string;
  readonly version: string;
  /** Database schema. */
  readonly schema: string;
  readonly table: string;
  readonly title?: string;
  readonly description?: string;
  readonly columns: readonly EntityColumn[];
  /** Columns (physical names) in key order; empty when the entity has no primary key. */
  readonly primaryKey: readonly string[];
  readonly rules: readonly QualityRule[];
  /** The YAML file, relative to the project. */
  readonly file: string;
}
