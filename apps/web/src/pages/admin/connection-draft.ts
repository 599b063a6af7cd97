import { type ConnectionValues, emptyConnection, isJsonObject, type JsonObject, type JsonValue } from "@polyflow/contracts";
import type { UiConnectionField, UiConnectionType } from "@polyflow/contracts/wire";
import type { Connection, ConnectionBody } from "../../api/admin.ts";

const FIRST_TYPE = "postgres";

/** What the form begins with. Secrets of a stored connection are masks; sent back, they keep what is stored. */
export function draftOf(connection: Connection | null): ConnectionValues {
  if (connection === null) return emptyConnection(FIRST_TYPE);
  const { conn_type: type, description, host, port, login, password, schema, extra } = connection;
  return { type, description, host, port, login, password, schema, extra: objectOf(extra ?? "") ?? {} };
}

export function bodyOf(connectionId: string, { type, extra, ...parts }: ConnectionValues): ConnectionBody {
  return {
    connection_id: connectionId.trim(),
    conn_type: type,
    ...parts,
    extra: Object.keys(extra).length === 0 ? "" : JSON.stringify(extra),
  };
}

export function valueOf(values: ConnectionValues, { name, place }: UiConnectionField): JsonValue {
  if (place === "extra") return values.extra[name] ?? null;
  return new Map<string, JsonValue>(Object.entries(values)).get(name) ?? null;
}

/** An empty value leaves a setting out. */
export function withValue(values: ConnectionValues, { name, place }: UiConnectionField, value: JsonValue): ConnectionValues {
  const isEmpty = value === null || value === "";
  if (place === "field") return { ...values, [name]: isEmpty ? null : name === "port" ? Number(value) : value };
  const { [name]: _before, ...others } = values.extra;
  return { ...values, extra: isEmpty ? others : { ...others, [name]: value } };
}

export function typeOf(types: readonly UiConnectionType[], name: string): UiConnectionType | undefined {
  return types.find(({ type, aliases }) => type === name || aliases.includes(name));
}

/** The settings that the type's form has no field for. */
export function otherSettings({ extra }: ConnectionValues, type: UiConnectionType | undefined): JsonObject {
  const known = new Set((type?.fields ?? []).filter(({ place }) => place === "extra").map(({ name }) => name));
  return Object.fromEntries(Object.entries(extra).filter(([name]) => !known.has(name)));
}

/** Puts others in place of the settings that have no field; undefined when the text is no JSON object. */
export function withOtherSettings(
  values: ConnectionValues,
  type: UiConnectionType | undefined,
  text: string,
): ConnectionValues | undefined {
  const others = text.trim() === "" ? {} : objectOf(text);
  if (others === undefined) return undefined;
  const replaced = otherSettings(values, type);
  const kept = Object.entries(values.extra).filter(([name]) => !(name in replaced));
  return { ...values, extra: { ...Object.fromEntries(kept), ...others } };
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // What is no JSON yet is being typed.
    return undefined;
  }
}
