import type { JsonSchema } from "../schema-check.ts";
import { LOCAL_TEXT_SCHEMA } from "./local-text-schema.ts";
import { QUALITY_RULE_SCHEMA } from "./entity-schema.ts";

/** The YAML at the head of a model's SQL file. */
export const MODEL_SCHEMA: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Polyflow model (head of metadata/models/*.sql)",
  type: "object",
  additionalProperties: false,
  properties: {
    description: LOCAL_TEXT_SCHEMA,
    schema: { type: "string", minLength: 1, maxLength: 63 },
    table: { type: "string", minLength: 1, maxLength: 63 },
    materialized: { enum: ["view", "table", "incremental", "snapshot"] },
    unique_key: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string" } },
    columns: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: {
          name: { type: "string", minLength: 1 },
          description: LOCAL_TEXT_SCHEMA,
          quality: { type: "array", items: QUALITY_RULE_SCHEMA },
        },
      },
    },
    quality: { type: "array", items: QUALITY_RULE_SCHEMA },
  },
};
