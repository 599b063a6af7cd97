import type { JsonObject, JsonValue } from "@polyflow/contracts";
import type { SecretMask } from "../log/secret-mask.ts";

/** Airflow's `max_templated_field_length`: longer texts are of no use on a screen. */
const LONGEST_TEXT = 4_096;

/** Rendered fields as people may see them: secrets are masked first, then long texts are shortened, so that no half of a secret stays. */
export function shownFields(fields: JsonObject, mask: SecretMask): JsonObject {
  const show = (value: JsonValue): JsonValue => {
    if (typeof value === "string") return shorten(mask.apply(value));
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(show);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [mask.apply(name), show(inner)]));
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, show(value)]));
}

function shorten(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`;
}
