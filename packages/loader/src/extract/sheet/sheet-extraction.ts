import { PolyflowError } from "@polyflow/contracts";
import { proposeWord } from "@polyflow/metadata-model";
import type { LoadLimits } from "../../load-request.ts";
import type { Extraction, ExtractionContext } from "../extraction.ts";
import { openRecords } from "../record-extraction.ts";
import type { SourceFile } from "../source-file.ts";
import { SheetRecords } from "./sheet-records.ts";
import type { SheetSource } from "./sheet-source.ts";
import { openXlsWorkbook } from "./xls-sheet.ts";
import { openXlsxSheet } from "./xlsx-sheet.ts";
import { openWorkbook } from "./xlsx-workbook.ts";

/**
 * Opens the table of a workbook: the sheet, range and header rows that the dialect names.
 * @throws PolyflowError `source_unreadable`, `source_empty`
 */
export async function openSheet(context: ExtractionContext, file: SourceFile): Promise<Extraction> {
  const { source, limits } = context;
  const format = source.format === "xls" ? "xls" : "xlsx";
  const { sheet } = await openSheetSource(file, { format, sheet: source.dialect.sheet.sheet, limits });
  try {
    const records = await SheetRecords.open(source, sheet);
    return openRecords(context, { header: records.header, batches: records.batches(), close: () => sheet.close() });
  } catch (error) {
    await sheet.close();
    throw error;
  }
}

/**
 * Opens one sheet as it is, whatever table it holds.
 * @param sheet its name, or number from 1
 * @throws PolyflowError `source_unreadable`
 */
export async function openSheetSource(
  file: SourceFile,
  wanted: { readonly format: "xlsx" | "xls"; readonly sheet: string | number; readonly limits: LoadLimits },
): Promise<{ readonly sheet: SheetSource; readonly names: readonly string[] }> {
  if (wanted.format === "xls") {
    const workbook = await openXlsWorkbook(file, wanted.limits);
    return { sheet: workbook.sheet(sheetName(file.name, workbook.names, wanted.sheet)), names: workbook.names };
  }
  const workbook = await openWorkbook(file, wanted.limits);
  try {
    const names = workbook.sheets.map((sheet) => sheet.name);
    const name = sheetName(file.name, names, wanted.sheet);
    const sheet = await openXlsxSheet(workbook, { name, member: workbook.sheets[names.indexOf(name)]?.member ?? "" });
    return { sheet, names };
  } catch (error) {
    workbook.archive.close();
    throw error;
  }
}

function sheetName(file: string, names: readonly string[], wanted: string | number): string {
  const name = typeof wanted === "number" ? names[wanted - 1] : names.find((candidate) => candidate === wanted);
  if (name !== undefined) return name;
  const shown = names.map((candidate) => `"${candidate}"`).join(", ");
  const proposal = typeof wanted === "string" ? `; ${proposeWord(wanted, names)}` : "";
  throw new PolyflowError("source_unreadable", `${file} has no sheet ${JSON.stringify(wanted)}. It has ${shown || "none"}${proposal}.`);
}
