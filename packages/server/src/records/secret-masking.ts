import type { JsonValue } from "@polyflow/contracts";

/** What stands in place of a secret. */
export const MASK = "***";

/** Names that contain one of these hold secrets (Airflow's list). */
const SENSITIVE_PARTS = [
  "access_key",
  "access_token",
  "api_key",
  "apikey",
  "authorization",
  "connection_string",
  "keyfile_dict",
  "passphrase",
  "passwd",
  "password",
  "private_key",
  "proxy",
  "secret",
  "service_account",
  "token",
] as const;

export function isSensitiveName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll("-", "_");
  return SENSITIVE_PARTS.some((part) => plain.includes(part));
}

/** Replaces what stands under sensitive names, whatever it is and at any depth. */
export function maskSensitive(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(maskSensitive);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, isSensitiveName(name) ? MASK : maskSensitive(inner)]));
}

/** Replaces every value that is not an object; names and shape stay to be seen. */
export function maskValues(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(maskValues);
  if (typeof value !== "object" || value === null) return MASK;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskValues(inner)]));
}

/** Puts back what a client got masked and sent again unchanged: each mask takes the value that stands at its place in `stored`. */
export function restoreMasked(sent: JsonValue, stored: JsonValue | undefined): JsonValue {
  if (sent === MASK) return stored ?? sent;
  if (isList(sent)) return sent.map((inner, index) => restoreMasked(inner, isList(stored) ? stored[index] : undefined));
  if (typeof sent !== "object" || sent === null) return sent;
  return Object.fromEntries(Object.entries(sent).map(([name, inner]) => [name, restoreMasked(inner, property(stored, name))]));
}

function property(container: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof container !== "object" || container === null || isList(container)) return undefined;
  return Object.hasOwn(container, name) ? container[name] : undefined;
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
