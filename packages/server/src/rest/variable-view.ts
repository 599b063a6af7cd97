import type { JsonValue } from "@polyflow/contracts";
import type { VariableRecord } from "@polyflow/store";
import { z } from "zod";
import { isSensitiveName, MASK, maskSensitive, restoreMasked } from "../records/secret-masking.ts";
import type { variable } from "./schemas/admin-schemas.ts";

/** A variable as the API shows it: secrets masked. */
export function variableView(record: VariableRecord): z.infer<typeof variable> {
  return { key: record.key, value: maskedText(record), description: record.description, is_encrypted: true, team_name: null };
}

function maskedText({ key, value }: VariableRecord): string {
  if (isSensitiveName(key)) return MASK;
  const json = structureOf(value);
  return json === undefined ? value : JSON.stringify(maskSensitive(json));
}

/** Undefined unless the text is a JSON object or list: only those have names inside. */
function structureOf(text: string): JsonValue | undefined {
  const parsed = z.json().safeParse(parsedJson(text));
  return parsed.success && typeof parsed.data === "object" && parsed.data !== null ? parsed.data : undefined;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** How a value is stored: text as it is, everything else as JSON. */
export function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The value to store when a client sends a changed or an unchanged, masked one. */
export function restoredText(sent: JsonValue, stored: string): string {
  if (sent === MASK) return stored;
  const text = textOf(sent);
  const structure = structureOf(text);
  return structure === undefined ? text : JSON.stringify(restoreMasked(structure, structureOf(stored)));
}
