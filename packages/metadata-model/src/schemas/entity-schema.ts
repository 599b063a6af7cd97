import type { JsonSchema } from "../schema-check.ts";

const text = { type: "string" };
const anything = {};
/** What the standard leaves to vendors; texts in other languages are `description.ru`, `businessName.ru`. */
const customProperties = {
  type: "array",
  items: {
    type: "object",
    required: ["property", "value"],
    properties: {
      property: { type: "string", description: "a name; `description.ru` and `businessName.ru` carry texts in another language" },
      value: anything,
    },
  },
};
const number = { type: "number" };
const numberPair = { type: "array", minItems: 2, maxItems: 2, items: number };

/** Rules that the standard leaves to vendors: `type: custom, engine: polyflow`. */
const implementation = {
  type: "object",
  required: ["rule"],
  additionalProperties: false,
  properties: {
    rule: { enum: ["reference", "freshness", "volume", "distribution", "aggregate", "callable"] },
    to: { type: "string", pattern: "^.+\\..+$", description: "is like `<entity>.<property>`" },
    measure: { enum: ["change", "zscore"] },
    of: { enum: ["loaded", "target"] },
    last: { type: "integer", minimum: 1 },
    min_history: { type: "integer", minimum: 1 },
    function: { enum: ["avg", "sum", "min", "max", "stddev", "median"] },
    name: { type: "string", pattern: "^[a-z][a-z0-9_]*$", description: "has lower-case letters, digits and `_` only" },
  },
};

const relationships = {
  type: "array",
  items: {
    type: "object",
    properties: { type: { const: "foreignKey" }, to: { type: ["string", "array"] }, from: { type: ["string", "array"] } },
  },
};

export const QUALITY_RULE_SCHEMA: JsonSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    id: text,
    name: text,
    description: text,
    type: { enum: ["text", "library", "sql", "custom"] },
    engine: { const: "polyflow" },
    implementation,
    metric: { enum: ["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"] },
    arguments: {
      type: "object",
      additionalProperties: false,
      properties: {
        missingValues: { type: "array", minItems: 1, items: { type: ["string", "number", "null"] } },
        validValues: { type: "array", minItems: 1, items: { type: ["string", "number", "boolean"] } },
        pattern: { type: "string", minLength: 1 },
        minimum: { type: ["number", "string"] },
        maximum: { type: ["number", "string"] },
        minLength: { type: "integer", minimum: 0 },
        maxLength: { type: "integer", minimum: 0 },
        properties: { type: "array", minItems: 1, items: text },
      },
    },
    query: { type: "string", minLength: 1 },
    mustBe: number,
    mustNotBe: number,
    mustBeGreaterThan: number,
    mustBeGreaterOrEqualTo: number,
    mustBeLessThan: number,
    mustBeLessOrEqualTo: number,
    mustBeBetween: numberPair,
    mustNotBeBetween: numberPair,
    unit: { enum: ["rows", "percent", "hours", "number"] },
    severity: { enum: ["error", "warning"] },
    dimension: { enum: ["accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness"] },
    businessImpact: text,
    tags: { type: "array", items: text },
    customProperties,
    authoritativeDefinitions: anything,
  },
};

const property = {
  type: "object",
  additionalProperties: false,
  required: ["name", "logicalType"],
  properties: {
    name: { type: "string", minLength: 1 },
    id: text,
    businessName: text,
    description: text,
    physicalName: { type: "string", minLength: 1, maxLength: 63 },
    logicalType: { enum: ["string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array"] },
    physicalType: { type: "string", minLength: 1 },
    logicalTypeOptions: {
      type: "object",
      additionalProperties: false,
      properties: {
        minimum: { type: ["number", "string"] },
        maximum: { type: ["number", "string"] },
        minLength: { type: "integer", minimum: 0 },
        maxLength: { type: "integer", minimum: 0 },
        pattern: { type: "string", minLength: 1 },
        defaultTimezone: { type: "string", minLength: 1 },
      },
    },
    required: { type: "boolean" },
    primaryKey: { type: "boolean" },
    primaryKeyPosition: { type: "integer", minimum: -1 },
    unique: { type: "boolean" },
    partitioned: { type: "boolean" },
    partitionKeyPosition: { type: "integer" },
    classification: text,
    criticalDataElement: { type: "boolean" },
    examples: { type: "array" },
    relationships,
    transformSourceObjects: anything,
    transformLogic: text,
    transformDescription: text,
    tags: { type: "array", items: text },
    customProperties,
    authoritativeDefinitions: anything,
    quality: { type: "array", items: QUALITY_RULE_SCHEMA },
  },
};

/** The part of an ODCS 3.1 data contract that Polyflow acts on; descriptive keys of the standard pass unread. */
export const ENTITY_SCHEMA: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Polyflow entity (metadata/entities/*.odcs.yaml)",
  type: "object",
  additionalProperties: false,
  required: ["apiVersion", "kind", "id", "version", "status", "schema"],
  properties: {
    apiVersion: { enum: ["v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0"] },
    kind: { const: "DataContract" },
    id: { type: "string", pattern: "^[\\p{L}\\p{N}_.-]+$", description: "has letters, digits, `.`, `_`, `-` only" },
    name: text,
    version: text,
    status: text,
    tenant: text,
    domain: text,
    dataProduct: text,
    description: { type: ["object", "string"] },
    tags: { type: "array", items: text },
    team: anything,
    roles: anything,
    support: anything,
    price: anything,
    slaDefaultElement: text,
    slaProperties: {
      type: "array",
      items: {
        type: "object",
        required: ["property", "value"],
        properties: { property: text, value: { type: ["string", "number", "boolean", "null"] }, unit: text, element: text },
      },
    },
    customProperties,
    authoritativeDefinitions: anything,
    contractCreatedTs: text,
    servers: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["server", "type"],
        properties: { server: text, type: text, schema: { type: "string", minLength: 1 } },
      },
    },
    schema: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "properties"],
        properties: {
          name: { type: "string", minLength: 1 },
          id: text,
          logicalType: { const: "object" },
          physicalType: { enum: ["table"] },
          physicalName: { type: "string", minLength: 1, maxLength: 63 },
          businessName: text,
          description: text,
          dataGranularityDescription: text,
          tags: { type: "array", items: text },
          customProperties,
          authoritativeDefinitions: anything,
          relationships: anything,
          properties: { type: "array", minItems: 1, items: property },
          quality: { type: "array", items: QUALITY_RULE_SCHEMA },
        },
      },
    },
  },
};
