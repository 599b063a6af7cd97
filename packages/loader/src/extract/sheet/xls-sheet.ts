import { stat, readFile } from "node:fs/promises";
import { PolyflowError } from "@polyflow/contracts";
import type { CellObject, WorkBook, WorkSheet } from "@e965/xlsx";
import type { LoadLimits } from "../../load-request.ts";
import type { SourceFile } from "../source-file.ts";
import { serialStyle } from "./number-format.ts";
import { sheetNumber } from "./sheet-number.ts";
import type { SheetCell, SheetRow, SheetSource } from "./sheet-source.ts";

/** A workbook takes about so many times its size in memory. */
const MEMORY_PER_BYTE = 10;
const ROWS_PER_BATCH = 1000;

/**
 * Reads a workbook of Excel 97–2003. The format can only be read as a whole, so the size of the file is limited.
 * @throws PolyflowError `source_unreadable`
 */
export async function openXlsWorkbook(
  file: SourceFile,
  limits: LoadLimits,
): Promise<{ readonly names: readonly string[]; sheet(name: string): SheetSource }> {
  const path = await file.localPath();
  const { size } = await stat(path);
  if (size * MEMORY_PER_BYTE > limits.memoryBytes) {
    throw new PolyflowError(
      "source_unreadable",
      `${file.name} has ${size} bytes; an xls workbook must be read as a whole, and ${limits.memoryBytes} bytes of memory are allowed. Raise \`limits: {memoryBytes: …}\` in the source's YAML, or save it as xlsx.`,
    );
  }
  const { read } = await import("@e965/xlsx");
  let workbook: WorkBook;
  try {
    workbook = read(await readFile(path), {
      type: "buffer",
      dense: true,
      cellDates: false,
      cellNF: true,
      cellText: false,
      cellStyles: true,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PolyflowError(
      "source_unreadable",
      `${file.name} is not a workbook of Excel 97–2003: ${reason}. Check \`format\` in the source's YAML.`,
      {
        cause: error,
      },
    );
  }
  return { names: workbook.SheetNames, sheet: (name) => sheetOf(workbook, name) };
}

function sheetOf(workbook: WorkBook, name: string): SheetSource {
  const sheet: WorkSheet = workbook.Sheets[name] ?? {};
  const hidden = (sheet["!cols"] ?? []).flatMap((column, index) => (column?.hidden === true ? [index + 1] : []));
  return {
    name,
    is1904: workbook.Workbook?.WBProps?.date1904 === true,
    hiddenColumns: new Set(hidden),
    mergedCells: (sheet["!merges"] ?? []).map(({ s, e }) => ({
      firstRow: s.r + 1,
      lastRow: e.r + 1,
      firstColumn: s.c + 1,
      lastColumn: e.c + 1,
    })),
    rows: () => rowsOf(sheet),
    close: () => Promise.resolve(),
  };
}

async function* rowsOf(sheet: WorkSheet): AsyncGenerator<readonly SheetRow[], void> {
  const data: readonly (readonly (CellObject | undefined)[] | undefined)[] = sheet["!data"] ?? [];
  for (let start = 0; start < data.length; start += ROWS_PER_BATCH) {
    yield await Promise.resolve(
      data.slice(start, start + ROWS_PER_BATCH).flatMap((cells, index) => {
        if (cells === undefined) return [];
        const isHidden = sheet["!rows"]?.[start + index]?.hidden === true;
        return [{ number: start + index + 1, isHidden, cells: [undefined, ...Array.from(cells, cellOf)] }];
      }),
    );
  }
}

function cellOf(cell: CellObject | undefined): SheetCell | undefined {
  if (cell?.v === undefined) return undefined;
  if (cell.t === "b") return { kind: "boolean", value: cell.v === true };
  if (cell.t === "n" && typeof cell.v === "number") {
    const style = serialStyle(0, cell.z === undefined ? undefined : String(cell.z));
    return style === undefined ? { kind: "number", text: sheetNumber(String(cell.v)) } : { kind: "serial", value: cell.v, style };
  }
  return { kind: "text", text: cell.t === "e" ? (cell.w ?? "#ERROR") : String(cell.v) };
}
