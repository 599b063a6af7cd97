/** What JSON.parse tells its reviver of a value since ES2026; TypeScript's library does not know it yet. */
interface Revived {
  readonly source?: string;
}

/** Numbers that may read differently after a way through JavaScript: long, with an exponent, or with a final zero. */
const INEXACT = /\d{16}|\d[eE]|\.\d*0\b|-0\b/;

const rawJson: unknown = Reflect.get(JSON, "rawJSON");

/**
 * Parses JSON so that `JSON.stringify` writes each number as it was written: 9007199254740993 stays what it is.
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  if (!INEXACT.test(text) || typeof rawJson !== "function") return JSON.parse(text);
  const raw = rawJson;
  const keep = (_key: string, value: unknown, revived?: Revived): unknown => {
    const source = revived?.source;
    return typeof value === "number" && source !== undefined && String(value) !== source ? raw(source) : value;
  };
  return JSON.parse(text, keep);
}

/** The value at a dotted path; "" is the whole. */
export function valueAtPath(value: unknown, path: string): unknown {
  if (path === "") return value;
  return path.split(".").reduce<unknown>((at, name) => (typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined), value);
}

/** A value of JSON as text; undefined for lists, objects and null. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "object" && value !== null && "rawJSON" in value ? String(value.rawJSON) : undefined;
}
