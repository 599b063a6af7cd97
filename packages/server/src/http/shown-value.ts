import { isSensitiveName } from "../records/secret-masking.ts";

const LONGEST_VALUE = 100;
/** Fields whose name says nothing of it, but that may hold secrets: values of variables, extras and addresses of connections, keys. */
const MAY_BE_SECRET: ReadonlySet<string> = new Set(["value", "val", "extra", "uri", "key", "login", "host"]);

/** A value that was refused, for people; nothing of lists and objects, which may be large. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === "object") return "";
  const shown = JSON.stringify(value) ?? "";
  return shown === "" ? "" : ` (it is ${shown.length > LONGEST_VALUE ? `${shown.slice(0, LONGEST_VALUE)}…` : shown})`;
}

/**
 * What a request has at a place where it was refused; nothing where it may be a secret.
 * @param path names of fields, from the outermost on; the rest is left out below a text, which a list of one may be written as
 */
export function refusedValue(sent: unknown, path: readonly string[]): string {
  if (path.some((name) => MAY_BE_SECRET.has(name.toLowerCase()) || isSensitiveName(name))) return "";
  let value = sent;
  for (const name of path) {
    if (typeof value !== "object" || value === null) break;
    if (!Object.hasOwn(value, name)) return "";
    value = (value as { readonly [field: string]: unknown })[name];
  }
  return path.length === 0 ? "" : shownValue(value);
}
