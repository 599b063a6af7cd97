import type { JsonSchema } from "../schema-check.ts";

const threshold = {
  type: "string",
  pattern: "^>=?\\s*\\d+(\\.\\d+)?\\s*%?$",
  description: 'is like "> 0", "> 100" or ">= 1.5%"',
};

/** A flow: which source goes into which entity, and how. */
export const FLOW_SCHEMA: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Polyflow flow (metadata/flows/*.flow.yaml)",
  type: "object",
  additionalProperties: false,
  required: ["flow", "source", "target", "load"],
  properties: {
    flow: { type: "string", pattern: "^[\\p{L}\\p{N}_.-]+$", description: "has letters, digits, `.`, `_`, `-` only" },
    title: { type: "string" },
    description: { type: "string" },
    source: {
      type: "object",
      additionalProperties: false,
      required: ["ref"],
      properties: { ref: { type: "string", minLength: 1 } },
    },
    target: {
      type: "object",
      additionalProperties: false,
      required: ["ref"],
      properties: { ref: { type: "string", minLength: 1 }, connection: { type: "string", minLength: 1 } },
    },
    mapping: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["to"],
        properties: {
          to: { type: "string", minLength: 1 },
          from: { type: "string", minLength: 1 },
          const: { type: ["string", "number", "boolean", "null"] },
          system: { enum: ["load_id", "loaded_at", "file", "row_number"] },
        },
      },
    },
    load: {
      type: "object",
      additionalProperties: false,
      required: ["mode"],
      properties: {
        mode: { enum: ["append", "replace", "merge"] },
        keys: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string" } },
        only_changed: { type: "boolean" },
        dedup: { enum: ["last", "first", "fail"] },
      },
    },
    contract: {
      type: "object",
      additionalProperties: false,
      properties: { columns: { enum: ["freeze", "evolve"] } },
    },
    on_reject: {
      type: "object",
      additionalProperties: false,
      properties: { fail_if: threshold, warn_if: threshold },
    },
    empty_source: { enum: ["fail", "allow"] },
  },
};
