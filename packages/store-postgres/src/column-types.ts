import type { CustomTypesConfig } from "pg";
import { types } from "pg";

const INT8_OID = 20;

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit into a JavaScript number without rounding`);
  return value;
}

/**
 * How columns arrive: int8 as a number (refused rather than rounded), timestamptz as a Date, json parsed.
 * numeric stays a string; no statement of this package selects one.
 */
export const columnTypes: CustomTypesConfig = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === INT8_OID && format !== "binary") return parseInt8;
    return types.getTypeParser(oid, format ?? "text");
  },
};
