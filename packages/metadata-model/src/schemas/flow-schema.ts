import type { JsonSchema } from "../schema-check.ts";
import { LOCAL_TEXT_SCHEMA } from "./local-text-schema.ts";

const threshold = {
  type: "string",
  pattern: "^>=?\\s*\\d+(\\.\\d+)?\\s*%?$",
  description: 'is like "> 0", "> 100" or ">= 1.5%"',
};

const share = {
  type: "string",
  pattern: "^\\d+(\\.\\d+)?\\s*%$",
  description: 'is like "10%" or "0.5%"',
};
const columnNames = { type: "array", minItems: 1, uniqueItems: true, items: { type: "string" } };

/** A flow: which source goes into which entity, and how. */
export const FLOW_SCHEMA: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Polyflow flow (metadata/flows/*.flow.yaml)",
  type: "object",
  additionalProperties: false,
  required: ["flow", "source", "target", "load"],
  properties: {
    flow: { type: "string", pattern: "^[\\p{L}\\p{N}_.-]+$", description: "has letters, digits, `.`, `_`, `-` only" },
    title: LOCAL_TEXT_SCHEMA,
    description: LOCAL_TEXT_SCHEMA,
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
        mode: { enum: ["append", "replace", "merge", "partition"] },
        strategy: { enum: ["upsert", "delete_insert", "insert_only", "scd2"] },
        keys: columnNames,
        partition_by: columnNames,
        cursor: {
          type: "object",
          additionalProperties: false,
          required: ["column"],
          properties: {
            column: { type: "string", minLength: 1 },
            lookback: { type: ["string", "number"] },
            on_null: { enum: ["reject", "include", "skip"] },
          },
        },
        slice_by: { type: "string", minLength: 1 },
        delete_missing: {
          type: "object",
          additionalProperties: false,
          required: ["max"],
          properties: { max: share, action: { enum: ["delete", "mark"] } },
        },
        max_shrink: share,
        only_changed: { type: "boolean" },
        dedup: { enum: ["last", "first", "fail"] },
      },
    },
    contract: {
      type: "object",
      additionalProperties: false,
      properties: {
        tables: { enum: ["freeze", "evolve"] },
        columns: { enum: ["freeze", "evolve", "discard_row", "discard_value", "quarantine"] },
        data_type: { enum: ["freeze", "evolve", "discard_row", "discard_value", "quarantine"] },
      },
    },
    on_reject: {
      type: "object",
      additionalProperties: false,
      properties: { fail_if: threshold, warn_if: threshold },
    },
    empty_source: { enum: ["fail", "allow"] },
    profile: { type: "boolean" },
    schedule: {
      type: "object",
      additionalProperties: false,
      required: ["cron"],
      properties: { cron: { type: "string", minLength: 1 }, timezone: { type: "string", minLength: 1 } },
    },
  },
};
