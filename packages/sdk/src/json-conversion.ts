import type { JsonValue } from "@polyflow/contracts";

/** What a value is after it went through JSON: Dates are strings, functions gone. The type of a task's output as others see it. */
export type Jsonified<Value> = 0 extends 1 & Value
  ? Value
  : Value extends JsonValue | undefined
    ? Value
    : Value extends void
      ? undefined
      : Value extends { toJSON(): infer Json }
        ? Json
        : Value extends NotJson
          ? never
          : Value extends object
            ? { readonly [Key in keyof Value]: Jsonified<Value[Key]> }
            : Value;

type NotJson = bigint | symbol | ((...parameters: never[]) => unknown) | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;

/** Depth beyond which nobody writes data by hand; deeper structures are cycles or mistakes. */
const DEEPEST = 100;

/** The reason why a value cannot be carried as JSON. */
export class NotJsonError extends TypeError {
  override readonly name = "NotJsonError";
}

/**
 * A copy of the value that JSON carries without loss: `toJSON` is called (Dates become ISO strings), undefined properties are left out.
 * @param path how to name the value in errors, `output` or `input "rows"`
 * @throws NotJsonError with the path of the first value that JSON or the database cannot hold
 * @example toJson({ at: new Date(0), note: undefined }, "output"); // { at: "1970-01-01T00:00:00.000Z" }
 */
export function toJson(value: unknown, path: string, depth = 0): JsonValue {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return checkedText(value, path);
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
    throw new NotJsonError(`${path} is ${value}, which JSON cannot hold`);
  }
  if (typeof value !== "object") throw new NotJsonError(`${path} is ${describe(value)}, which JSON cannot hold`);
  if (depth > DEEPEST) throw new NotJsonError(`${path} is nested more than ${DEEPEST} deep, or contains itself`);
  if (hasToJson(value)) return toJson(value.toJSON(), path, depth + 1);
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (item === undefined ? null : toJson(item, `${path}[${index}]`, depth + 1)));
  }
  if (value instanceof Map || value instanceof Set || value instanceof Promise || ArrayBuffer.isView(value)) {
    throw new NotJsonError(`${path} is ${describe(value)}, which JSON cannot hold`);
  }
  return objectToJson(value, path, depth);
}

/** The same value with the keys of all objects in order, so that equal values have equal text. */
export function sortKeys(value: JsonValue): JsonValue {
  if (value === null || typeof value !== "object") return value;
  if (isJsonArray(value)) return value.map(sortKeys);
  const entries = Object.entries(value).sort(([left], [right]) => compareText(left, right));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

/** Order by code units: the same on every machine, whatever its language. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function objectToJson(value: object, path: string, depth: number): JsonValue {
  const copy: { [key: string]: JsonValue } = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    // defineProperty would be needed for `__proto__` alone; refusing it is kinder than carrying it
    if (key === "__proto__") throw new NotJsonError(`${path} has a property named __proto__`);
    copy[checkedText(key, path)] = toJson(inner, `${path}.${key}`, depth + 1);
  }
  return copy;
}

function checkedText(text: string, path: string): string {
  if (text.includes("\0")) throw new NotJsonError(`${path} contains the character NUL, which the database cannot hold`);
  return text.isWellFormed() ? text : text.toWellFormed();
}

function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}

function describe(value: unknown): string {
  if (value === undefined) return "undefined";
  if (typeof value === "object" && value !== null) return `a ${value.constructor.name}`;
  return `a ${typeof value}`;
}
