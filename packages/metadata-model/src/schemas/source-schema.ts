import type { JsonSchema } from "../schema-check.ts";
import { LOCAL_TEXT_SCHEMA } from "./local-text-schema.ts";
import { EXTERNAL_PROPERTIES } from "./external-schema.ts";

const text = { type: "string" };
const character = { type: "string", minLength: 1, maxLength: 1 };
const bound = { type: ["number", "string"] };

const constraints = {
  type: "object",
  additionalProperties: false,
  properties: {
    required: { type: "boolean" },
    minimum: bound,
    maximum: bound,
    minLength: { type: "integer", minimum: 0 },
    maxLength: { type: "integer", minimum: 0 },
    pattern: { type: "string", minLength: 1 },
    enum: { type: "array", minItems: 1, items: { type: ["string", "number", "boolean"] } },
  },
};

const field = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  properties: {
    name: { type: "string", minLength: 1 },
    path: { type: "string", minLength: 1, description: "Place in a record of JSON (`address.city`) or XML (`Address/City`, `@code`)" },
    title: LOCAL_TEXT_SCHEMA,
    description: LOCAL_TEXT_SCHEMA,
    type: { enum: ["string", "integer", "number", "boolean", "date", "datetime", "time", "object", "array", "any"] },
    format: { type: "string", minLength: 1 },
    decimalChar: character,
    groupChar: character,
    trueValues: { type: "array", minItems: 1, items: text },
    falseValues: { type: "array", minItems: 1, items: text },
    missingValues: { type: "array", items: text },
    constraints,
  },
};

/** The part of a Frictionless 2.0 resource, its dialect and its schema that Polyflow acts on. */
export const SOURCE_SCHEMA: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Polyflow source (metadata/sources/*.yaml)",
  type: "object",
  additionalProperties: false,
  required: ["name", "schema"],
  properties: {
    name: { type: "string", pattern: "^[a-z0-9._-]+$", description: "has lower-case letters, digits, `.`, `_`, `-` only" },
    title: LOCAL_TEXT_SCHEMA,
    description: LOCAL_TEXT_SCHEMA,
    path: {
      type: "string",
      minLength: 1,
      description: "In `source/`; `package:<npm package>/<file>`; `sftp://<connection>/<path>`, also ftp, ftps, s3, http, fs",
    },
    ...EXTERNAL_PROPERTIES,
    format: { enum: ["csv", "tsv", "json", "ndjson", "xlsx", "xls", "xml", "parquet", "dbf"] },
    mediatype: text,
    encoding: { type: "string", minLength: 1 },
    compression: { enum: ["none", "gzip", "zip"], description: "Told by the ending of the name when absent" },
    innerpath: { type: "string", minLength: 1, description: "Mask of the member of a zip archive: `AS_ADDR_OBJ_2*.XML`" },
    dropFolder: {
      type: "object",
      additionalProperties: false,
      description: "`path` is a mask (`in/sales_*.csv`); each file that it matches is loaded and then moved",
      properties: {
        archive: { type: "string", minLength: 1, description: "Folder for loaded files; `archive/` beside them when absent" },
        failed: {
          type: "string",
          minLength: 1,
          description: "Folder for files that could not be loaded; `failed/` beside them when absent",
        },
        stableSeconds: { type: "number", minimum: 0, description: "A file that has not changed for so long is complete; default 5" },
        order: { enum: ["name", "modified"], description: "In which order files are loaded; default name" },
      },
    },
    limits: {
      type: "object",
      additionalProperties: false,
      properties: {
        recordBytes: { type: "integer", minimum: 1024, description: "Longer records are rejected; default 4 MiB" },
        expandedBytes: { type: "integer", minimum: 1024, description: "Compressed files that unpack to more are refused; default 64 GiB" },
        expansionRatio: { type: "number", minimum: 1, description: "… or to more than so many times their size; default 400" },
        memoryBytes: {
          type: "integer",
          minimum: 1024,
          description: "Texts of a workbook, pages of Parquet that are read side by side; default 256 MiB",
        },
      },
    },
    dialect: {
      type: "object",
      additionalProperties: false,
      properties: {
        header: { type: "boolean" },
        headerRows: { type: "array", minItems: 1, items: { type: "integer", minimum: 1 } },
        headerJoin: text,
        delimiter: { type: "string", minLength: 1, maxLength: 10 },
        quoteChar: { type: "string", maxLength: 1, description: "Empty when no cell is quoted" },
        doubleQuote: { const: true },
        escapeChar: character,
        skipInitialSpace: { type: "boolean" },
        nullSequence: { type: "string", minLength: 1 },
        commentChar: character,
        property: {
          type: "string",
          minLength: 1,
          description: "JSON: path to the list (`data.items`); XML: the record's element (`/Root/Item`)",
        },
        sheetName: { type: "string", minLength: 1 },
        sheetNumber: { type: "integer", minimum: 1 },
        range: {
          type: "string",
          pattern: "^[A-Za-z]{1,3}([0-9]+)?:([A-Za-z]{1,3})?([0-9]+)?$",
          description: "looks like `B3:H200`, `B3:H`, `B:H`",
        },
        hiddenRows: { enum: ["read", "skip"] },
        hiddenColumns: { enum: ["read", "skip"] },
        mergedCells: { enum: ["first", "fill"], description: "`fill` gives every cell of a merged range its value" },
        footerRows: { type: "integer", minimum: 0, maximum: 1000 },
        totals: { type: "string", minLength: 1, description: "Regular expression of the first cell of totals rows: `^(Итого|Всего)`" },
      },
    },
    transform: {
      type: "string",
      pattern: "^[a-z][a-z0-9_]*$",
      description: "Function that changes the records: metadata/functions/<name>.ts or .py",
    },
    schema: {
      type: "object",
      additionalProperties: false,
      required: ["fields"],
      properties: {
        fields: { type: "array", minItems: 1, items: field },
        missingValues: { type: "array", items: text },
        fieldsMatch: {
          type: ["string", "array"],
          if: { type: "string" },
          // oxlint-disable-next-line unicorn/no-thenable -- a JSON Schema keyword
          then: { enum: ["exact", "equal", "subset", "superset", "partial"] },
          else: { minItems: 1, maxItems: 1, items: { enum: ["exact", "equal", "subset", "superset", "partial"] } },
        },
      },
    },
  },
};
