import type { JsonObject, JsonValue } from "@polyflow/contracts";
import type { UiConnectionField, UiConnectionType } from "@polyflow/contracts/wire";

/**
 * The settings of `extra` that may be shown: those whose field the type declares as no secret and whose value is one of few (a choice, a
 * switch, a number). Free text stays hidden, whatever its name: people put passwords where they fit.
 */
export function openSettings(type: string, extra: JsonObject, types: readonly UiConnectionType[]): JsonObject {
  const known = types.find((each) => each.type === type || each.aliases.includes(type));
  const fields = new Map(
    (known?.fields ?? []).filter(({ place, secret }) => place === "extra" && !secret).map((each) => [each.name, each]),
  );
  return Object.fromEntries(Object.entries(extra).filter(([name, value]) => isOneOfFew(fields.get(name), value)));
}

function isOneOfFew(field: UiConnectionField | undefined, value: JsonValue): boolean {
  switch (field?.kind) {
    case "choice":
      return typeof value === "string" && field.choices.includes(value);
    case "boolean":
      return typeof value === "boolean" || (typeof value === "string" && /^(?:true|false|1|0|yes|no)$/i.test(value));
    case "number":
      return typeof value === "number" || (typeof value === "string" && /^\d{1,9}(?:\.\d{1,3})?$/.test(value));
    case "text":
    case "multiline":
    case undefined:
      return false;
  }
}
