export type SourceFormat = "csv" | "tsv" | "json" | "ndjson";
export type SourceEncoding = "utf-8" | "windows-1251" | "cp866" | "utf-16le" | "utf-16be" | "koi8-r" | "latin1";
export type FieldType = "string" | "integer" | "number" | "boolean" | "date" | "datetime" | "time" | "object" | "array" | "any";
/** How the columns of the file and the declared fields must correspond (Frictionless `fieldsMatch`). */
export type FieldsMatch = "exact" | "equal" | "subset" | "superset" | "partial";

export interface Constraints {
  readonly required: boolean;
  /** As written; numbers and dates alike. */
  readonly minimum?: string;
  readonly maximum?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Whole-string regular expression. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

export interface SourceField {
  readonly name: string;
  readonly type: FieldType;
  /** strptime-like format of dates and times; absent: ISO 8601. */
  readonly format?: string;
  readonly decimalChar: string;
  readonly groupChar?: string;
  readonly trueValues: readonly string[];
  readonly falseValues: readonly string[];
  /** Texts that mean "no value". */
  readonly missingValues: readonly string[];
  readonly constraints: Constraints;
}

export interface SourceDialect {
  readonly header: boolean;
  readonly delimiter: string;
  readonly quoteChar: string;
  readonly commentChar?: string;
  /** Dotted path to the list of records in a JSON document; absent: the document is the list. */
  readonly property?: string;
}

/** A file that data comes from: a Frictionless 2.0 resource with its dialect and schema. */
export interface SourceDefinition {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** Relative to the project's `source/` folder, or `package:<npm package>/<file>`. */
  readonly path: string;
  readonly format: SourceFormat;
  readonly encoding: SourceEncoding;
  readonly dialect: SourceDialect;
  readonly fields: readonly SourceField[];
  readonly fieldsMatch: FieldsMatch;
  /** The YAML file, relative to the project. */
  readonly file: string;
}
