import type { JsonSchema } from "../schema-check.ts";

/** A text, or one for each language: `{ en: Airports, ru: Аэропорты }`. */
export const LOCAL_TEXT_SCHEMA: JsonSchema = {
  type: ["string", "object"],
  minProperties: 1,
  patternProperties: { "^[a-z]{2,3}$": { type: "string" } },
  additionalProperties: false,
  description: "is a text, or one for each language: `{ en: Airports, ru: Аэропорты }`",
};
