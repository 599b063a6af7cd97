import type { ExternalSource } from "@polyflow/contracts";
import type { Translations } from "./translations.ts";

export type SourceFormat = "csv" | "tsv" | "json" | "ndjson" | "xlsx" | "xls" | "xml" | "parquet" | "dbf";
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
  /** Where the value stands within a record of JSON or XML; absent: under the field's name. */
  readonly path?: readonly string[];
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
  /** Rows of the file that make up the header, from 1; absent: the first one that is not blank. */
  readonly headerRows?: readonly number[];
  /** Stands between the parts of a name that several header rows make up. */
  readonly headerJoin: string;
  readonly delimiter: string;
  /** Empty: no cell is quoted. */
  readonly quoteChar: string;
  /** The character after it stands for itself. */
  readonly escapeChar?: string;
  /** Spaces after a delimiter do not belong to the cell. */
  readonly skipInitialSpace: boolean;
  /** An unquoted cell of this text is no value. */
  readonly nullSequence?: string;
  readonly commentChar?: string;
  /** JSON: dotted path to the list of records; absent: the document is the list. XML: path of the record's element, `/Root/Item`. */
  readonly property?: string;
  /** Of spreadsheets. */
  readonly sheet: SheetDialect;
}

/** Which part of a workbook is the table. */
export interface SheetDialect {
  /** Name, or number from 1. */
  readonly sheet: string | number;
  readonly range?: CellRange;
  readonly skipsHiddenRows: boolean;
  readonly skipsHiddenColumns: boolean;
  /** Every cell of a merged range has its value, not the first alone. */
  readonly fillsMergedCells: boolean;
  /** Rows at the end that are no records. */
  readonly footerRows: number;
  /** Regular expression: rows whose first cell with something in it matches are totals, no records. */
  readonly totals?: string;
}

/** Columns and rows from 1; absent ends are open. */
export interface CellRange {
  readonly firstColumn: number;
  readonly firstRow: number;
  readonly lastColumn?: number;
  readonly lastRow?: number;
}

export type Compression = "none" | "gzip" | "zip";

/** A folder that others put files into. */
export interface DropFolder {
  /** Relative to the project's `source/` folder, like `path`. */
  readonly archive: string;
  readonly failed: string;
  /** A file that has not changed for so long is taken for complete. */
  readonly stableSeconds: number;
  readonly order: "name" | "modified";
}

/** Limits of one source, in bytes; absent ones are the loader's. */
export interface SourceLimits {
  readonly recordBytes?: number;
  readonly expandedBytes?: number;
  readonly expansionRatio?: number;
  readonly memoryBytes?: number;
}

/** A system that a connection leads to, and what to read from it. */
export interface ExternalPlace {
  readonly connection: string;
  readonly source: ExternalSource;
}

/** A file that data comes from: a Frictionless 2.0 resource with its dialect and schema. */
export interface SourceDefinition {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly translations?: Translations;
  /** Relative to the project's `source/` folder, `package:<npm package>/<file>`, or `sftp://<connection>/<path>` and its like. */
  readonly path: string;
  /** Present: no file but records of a system; `path` names it for people, `format` is the form that they arrive in. */
  readonly external?: ExternalPlace;
  readonly format: SourceFormat;
  readonly encoding: SourceEncoding;
  /** The encoding stands in the YAML; otherwise what the file says of itself (XML, DBF) counts first. */
  readonly encodingIsStated: boolean;
  /** Absent: told by the name's ending, `.gz` or `.zip`. */
  readonly compression?: Compression;
  /** Mask of the archive's member; absent: the archive has one member only. */
  readonly innerpath?: string;
  /** Present: `path` is a mask, and every file that it matches is loaded and moved. */
  /** Function of `metadata/functions/` that changes the records before they are cast. */
  readonly transform?: string;
  readonly dropFolder?: DropFolder;
  readonly limits: SourceLimits;
  readonly dialect: SourceDialect;
  readonly fields: readonly SourceField[];
  readonly fieldsMatch: FieldsMatch;
  /** The YAML file, relative to the project. */
  readonly file: string;
}
