import type { JsonSchema } from "../schema-check.ts";

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
    title: text,
    description: text,
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
  required: ["name", "path", "format", "schema"],
  properties: {
    name: { type: "string", pattern: "^[a-z0-9._-]+$", description: "has lower-case letters, digits, `.`, `_`, `-` only" },
    title: text,
    description: text,
    path: { type: "string", minLength: 1 },
    format: { enum: ["csv", "tsv", "json", "ndjson"] },
    mediatype: text,
    encoding: { type: "string", minLength: 1 },
    dialect: {
      type: "object",
      additionalProperties: false,
      properties: {
        header: { type: "boolean" },
        headerRows: { const: [1] },
        delimiter: character,
        quoteChar: character,
        doubleQuote: { const: true },
        commentChar: character,
        property: { type: "string", minLength: 1 },
      },
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
