import type { CustomTypesConfig } from "pg";
import { types } from "pg";

const INT8_OID = 20;
const TEXT_ARRAY_OID: number = 1009;
/** int4[], float8[]. */
const NUMBER_ARRAY_OIDS: ReadonlySet<number> = new Set([1007, 1022]);

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit into a JavaScript number without rounding`);
  return value;
}

/** `{1,NULL,2.5}`; statements of this package select no numbers beside the finite ones, and no lists of lists. */
function parseNumbers(text: string): readonly (number | null)[] {
  return text === "{}" ? [] : JSON.parse(`[${text.slice(1, -1).replaceAll("NULL", "null")}]`);
}

const slowParseTexts: (text: string) => readonly (string | null)[] = types.getTypeParser(TEXT_ARRAY_OID, "text");

/** `{a,b}`; what has quotes in it goes the slow way. */
function parseTexts(text: string): readonly (string | null)[] {
  if (text === "{}") return [];
  if (text.includes('"') || text.includes("\\")) return slowParseTexts(text);
  const texts = text.slice(1, -1).split(",");
  return text.includes("NULL") ? texts.map((one) => (one === "NULL" ? null : one)) : texts;
}

/**
 * How columns arrive: int8 as a number (refused rather than rounded), timestamptz as a Date, json parsed.
 * numeric stays a string; no statement of this package selects one.
 * Lists of numbers and of plain texts are read in one go: the driver takes ten times as long.
 */
export const columnTypes: CustomTypesConfig = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === INT8_OID && format !== "binary") return parseInt8;
    if (NUMBER_ARRAY_OIDS.has(oid) && format !== "binary") return parseNumbers;
    if (oid === TEXT_ARRAY_OID && format !== "binary") return parseTexts;
    return types.getTypeParser(oid, format ?? "text");
  },
};
