import { isPolyflowError } from "@polyflow/contracts";
import type { PolyflowError } from "@polyflow/contracts";
import { openSheetSource } from "../extract/sheet/sheet-extraction.ts";
import { openLocalFile } from "../extract/source-file.ts";
import { inferSource } from "../infer/infer-source.ts";
import type { InferredSource, InferRequest } from "../infer/infer-source.ts";
import { DEFAULT_LIMITS } from "../load-request.ts";

const MOST_SHEETS = 20;

/**
 * As `inferSource`; of a workbook whose first sheet holds no table (a title page, notes) the first that does is taken, where none is named.
 * @throws PolyflowError `source_unreadable`, `source_empty` when no sheet has a table
 */
export async function inferAnySheet(path: string, request: InferRequest): Promise<InferredSource> {
  const { hints = {} } = request;
  if (hints.sheetName !== undefined || hints.sheetNumber !== undefined) return inferSource(request);
  const first = await inferSheet(request);
  if ("read" in first && first.read > 0) return first;
  for (const sheetName of await furtherSheets(path)) {
    const found = await inferSheet({ ...request, hints: { ...hints, sheetName } });
    if ("read" in found && found.read > 0) return found;
  }
  if ("read" in first) return first;
  throw first;
}

/** The proposal, or that there is nothing to learn from. */
async function inferSheet(request: InferRequest): Promise<InferredSource | PolyflowError> {
  try {
    return await inferSource(request);
  } catch (error) {
    if (isPolyflowError(error, "source_empty")) return error;
    throw error;
  }
}

async function furtherSheets(path: string): Promise<readonly string[]> {
  const format = /\.xls$/i.test(path) ? "xls" : /\.xls[xm]$/i.test(path) ? "xlsx" : undefined;
  if (format === undefined) return [];
  const file = await openLocalFile(path);
  try {
    const { sheet, names } = await openSheetSource(file, { format, sheet: 1, limits: DEFAULT_LIMITS });
    await sheet.close();
    return names.slice(1, MOST_SHEETS);
  } finally {
    await file.close();
  }
}
