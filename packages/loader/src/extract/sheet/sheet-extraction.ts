import { PolyflowError } from "@polyflow/contracts";
import { proposeWord } from "@polyflow/metadata-model";
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
  const sheet = await chooseSheet(context, file);
  try {
    const records = await SheetRecords.open(context.source, sheet);
    return openRecords(context, { header: records.header, batches: records.batches(), close: () => sheet.close() });
  } catch (error) {
    await sheet.close();
    throw error;
  }
}

async function chooseSheet({ source, limits }: ExtractionContext, file: SourceFile): Promise<SheetSource> {
  if (source.format === "xls") {
    const workbook = await openXlsWorkbook(file, limits);
    return workbook.sheet(sheetName(file.name, workbook.names, source.dialect.sheet.sheet));
  }
  const workbook = await openWorkbook(file, limits);
  try {
    const names = workbook.sheets.map((sheet) => sheet.name);
    const name = sheetName(file.name, names, source.dialect.sheet.sheet);
    return await openXlsxSheet(workbook, { name, member: workbook.sheets[names.indexOf(name)]?.member ?? "" });
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
