import { PolyflowError } from "@polyflow/contracts";
import type { KeysetPage } from "@polyflow/store";

/** One value of a place in an order. */
export type KeyPart = string | number;

/** The place after which a page begins, as opaque text. */
export function encodeCursor(parts: readonly KeyPart[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const CHECKS = {
  text: (part: unknown) => typeof part === "string",
  number: (part: unknown) => Number.isSafeInteger(part),
  instant: (part: unknown) => typeof part === "string" && !Number.isNaN(Date.parse(part)),
  uuid: (part: unknown) => typeof part === "string" && UUID.test(part),
} as const;
export type KeyKind = keyof typeof CHECKS;

/** @throws PolyflowError `request_invalid` when the text is no cursor of this list. */
export function decodeCursor(text: string, kinds: readonly KeyKind[]): readonly KeyPart[] {
  const parts = parse(text);
  const fits = Array.isArray(parts) && parts.length === kinds.length && kinds.every((kind, index) => CHECKS[kind](parts[index]));
  if (!fits)
    throw new PolyflowError("request_invalid", `"${text}" is no place in this list. Take \`next\` of the page before, or leave it out.`);
  return parts as readonly KeyPart[];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Makes a page of rows that were asked for with one more than `limit`, which shows whether there is a next page. */
export function toPage<Row>(rows: readonly Row[], limit: number, placeOf: (row: Row) => readonly KeyPart[]): KeysetPage<Row> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? encodeCursor(placeOf(last)) : null };
}
