import type { Document } from "mongodb";

const rawJson: unknown = Reflect.get(JSON, "rawJSON");

/** A document as JSON that keeps every digit: ids as hexadecimal texts, instants in ISO 8601, decimals and long numbers as written. */
export function documentJson(document: Document): string {
  return JSON.stringify(plain(document));
}

function plain(value: unknown): unknown {
  if (value === null || typeof value !== "object") return typeof value === "bigint" ? raw(value.toString()) : value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  switch (Reflect.get(value, "_bsontype")) {
    case undefined:
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
    case "Decimal128":
    case "Long":
      return raw(bsonText(value));
    case "Int32":
    case "Double":
      return Number(value);
    case "Binary":
      return `\\x${Buffer.from(bytesOf(value)).toString("hex")}`;
    default:
      return bsonText(value);
  }
}

function bytesOf(value: object): Uint8Array {
  const bytes: unknown = Reflect.get(value, "buffer");
  return bytes instanceof Uint8Array ? bytes.subarray(0, Number(Reflect.get(value, "position"))) : new Uint8Array();
}

/** What a value of BSON calls itself: a number's digits, an id in hexadecimal. */
export function bsonText(value: object): string {
  const print: unknown = Reflect.get(value, "toString");
  return typeof print === "function" ? print.call(value) : "";
}

/** A number as it is written; what JSON has no word for (NaN, Infinity) stays a text. */
function raw(text: string): unknown {
  return typeof rawJson === "function" && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? rawJson(text) : text;
}
