import { rejectReasonIn } from "@polyflow/contracts";
import type { RejectRecord } from "../catalogue/reject-records.ts";

/** Columns that an export has before those of the records; a re-import finds rejects by the first. */
export const EXPORT_COLUMNS = ["_reject_id", "_load_id", "_file", "_row", "_column", "_value", "_reason", "_state"] as const;

/**
 * Rejects as a table: what was wrong, then the record's fields as the file has them, or as somebody has corrected them.
 * @param language of the reasons: `en`, `ru`
 */
export function rejectTable(rejects: readonly RejectRecord[], language = "en"): readonly (readonly (string | null)[])[] {
  const fields = [...new Set(rejects.flatMap((reject) => Object.keys(recordOf(reject))))];
  const rows = rejects.map((reject) => {
    const record = recordOf(reject);
    const { rejectId, loadId, file, row, column, value, state } = reject;
    const reason = rejectReasonIn(language, reject.reason);
    return [String(rejectId), loadId, file, String(row), column, value, reason, state, ...fields.map((field) => record[field] ?? null)];
  });
  return [[...EXPORT_COLUMNS, ...fields], ...rows];
}

function recordOf({ record, fixedRecord }: RejectRecord): { readonly [field: string]: string | null } {
  return fixedRecord ?? (typeof record === "string" ? {} : record);
}

/**
 * As CSV (RFC 4180, UTF-8): an empty cell is a missing value, `""` an empty text. What a spreadsheet would run as a formula has an apostrophe
 * before it, which a re-import takes away again.
 */
export function rejectsAsCsv(rejects: readonly RejectRecord[], language = "en"): string {
  const lines = rejectTable(rejects, language).map((cells) => cells.map(csvCell).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

function csvCell(text: string | null): string {
  if (text === null) return "";
  const safe = FORMULA.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
  return safe === "" || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Spreadsheets run what starts so; apostrophes before it may be the cell's own. */
const FORMULA = /^'*[=+\-@\t\r]/;
const PLAIN_NUMBER = /^[+-]?\d+([.,]\d+)?$/;

/** A cell of a CSV export as it was before it was made safe. */
export function unguarded(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}

/** As an Excel workbook with one sheet; every cell is a text, so that nothing is turned into a date or a number on the way. */
export async function rejectsAsXlsx(rejects: readonly RejectRecord[], language = "en"): Promise<Uint8Array> {
  const { utils, write } = await import("@e965/xlsx");
  const sheet = utils.aoa_to_sheet(
    rejectTable(rejects, language).map((cells) => cells.map((text) => (text === null ? null : { t: "s", v: text }))),
  );
  const book = utils.book_new();
  utils.book_append_sheet(book, sheet, "rejects");
  const bytes: Uint8Array = write(book, { type: "buffer", bookType: "xlsx", compression: true });
  return bytes;
}
