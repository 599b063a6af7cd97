import { PolyflowError } from "@polyflow/contracts";
import { columnNumber } from "@polyflow/metadata-model";
import type { Entry } from "yauzl";
import { localName, XmlEvents } from "../xml/xml-events.ts";
import { sheetNumber } from "./sheet-number.ts";
import type { MergedCells, SheetCell, SheetRow, SheetSource } from "./sheet-source.ts";
import { isTrue, unescapeCell } from "./xlsx-workbook.ts";
import type { XlsxWorkbook } from "./xlsx-workbook.ts";

/** Opens one sheet of a workbook: looks through it once for merged cells and hidden columns, which stand after and before its rows. */
export async function openXlsxSheet(
  workbook: XlsxWorkbook,
  sheet: { readonly name: string; readonly member: string },
): Promise<SheetSource> {
  const entry = workbook.archive.members.get(sheet.member);
  if (entry === undefined) {
    throw new PolyflowError(
      "source_unreadable",
      `The sheet "${sheet.name}" of ${workbook.archive.name} holds no table (a chart?). Name another one.`,
    );
  }
  const layout = await readLayout(workbook, entry);
  return {
    name: sheet.name,
    is1904: workbook.is1904,
    ...layout,
    rows: () => readRows(workbook, entry),
    close: () => {
      workbook.archive.close();
      return Promise.resolve();
    },
  };
}

const LAYOUT_TAG = /<(?:\w+:)?(?:mergeCell|col)\s[^>]*>/g;

async function readLayout(
  workbook: XlsxWorkbook,
  entry: Entry,
): Promise<{ readonly mergedCells: readonly MergedCells[]; readonly hiddenColumns: ReadonlySet<number> }> {
  const mergedCells: MergedCells[] = [];
  const hiddenColumns = new Set<number>();
  let rest = "";
  for await (const chunk of workbook.archive.read(entry)) {
    // tags and references are ASCII: no need to decode
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString("latin1");
    const end = text.lastIndexOf(">") + 1;
    rest = text.slice(end);
    for (const [tag] of text.slice(0, end).matchAll(LAYOUT_TAG)) {
      const merged = / ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"/.exec(tag);
      if (merged !== null) mergedCells.push(mergedRange(merged));
      else if (/ hidden="(1|true)"/.test(tag)) addColumns(hiddenColumns, tag);
    }
  }
  return { mergedCells, hiddenColumns };
}

function mergedRange([, firstColumn = "", firstRow = "", lastColumn = "", lastRow = ""]: RegExpExecArray): MergedCells {
  return {
    firstRow: Number(firstRow),
    lastRow: Number(lastRow),
    firstColumn: columnNumber(firstColumn),
    lastColumn: columnNumber(lastColumn),
  };
}

const LAST_COLUMN = 16_384;

function addColumns(columns: Set<number>, tag: string): void {
  const first = Number(/ min="(\d+)"/.exec(tag)?.[1] ?? 0);
  const last = Math.min(Number(/ max="(\d+)"/.exec(tag)?.[1] ?? 0), LAST_COLUMN);
  for (let column = first; column <= last; column++) columns.add(column);
}

/** So few rows at once that they die young in memory. */
const PIECE_BYTES = 8 * 1024;

async function* readRows(workbook: XlsxWorkbook, entry: Entry): AsyncGenerator<readonly SheetRow[], void> {
  const collector = new RowCollector(workbook);
  const events = new XmlEvents(`${entry.fileName} in ${workbook.archive.name}`, collector);
  const decoder = new TextDecoder();
  for await (const chunk of workbook.archive.read(entry)) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      events.write(decoder.decode(chunk.subarray(start, start + PIECE_BYTES), { stream: true }));
      const rows = collector.take();
      if (rows.length > 0) yield rows;
    }
  }
  events.end();
}

/** Makes rows of the events of a sheet. */
class RowCollector {
  readonly #workbook: XlsxWorkbook;
  #rows: SheetRow[] = [];
  #rowNumber = 0;
  #isHidden = false;
  #cells: (SheetCell | undefined)[] = [];
  #column = 0;
  #type = "n";
  #style = 0;
  #value: string | undefined;
  #isValue = false;
  #isPhonetic = false;

  constructor(workbook: XlsxWorkbook) {
    this.#workbook = workbook;
  }

  /** Rows that are complete. */
  take(): readonly SheetRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  open(name: string, attributes: { readonly [name: string]: string }): void {
    switch (localName(name)) {
      case "row":
        this.#rowNumber = attributes["r"] === undefined ? this.#rowNumber + 1 : Number(attributes["r"]);
        this.#isHidden = isTrue(attributes["hidden"]);
        this.#cells = [];
        this.#column = 0;
        break;
      case "c": {
        const letters = /^[A-Z]+/.exec(attributes["r"] ?? "")?.[0];
        this.#column = letters === undefined ? this.#column + 1 : columnNumber(letters);
        this.#type = attributes["t"] ?? "n";
        this.#style = Number(attributes["s"] ?? 0);
        this.#value = undefined;
        break;
      }
      case "v":
        this.#isValue = true;
        this.#value = "";
        break;
      case "t":
        this.#isValue = !this.#isPhonetic;
        this.#value ??= "";
        break;
      case "rPh":
        this.#isPhonetic = true;
        break;
      default:
    }
  }

  text(piece: string): void {
    if (this.#isValue) this.#value = (this.#value ?? "") + piece;
  }

  close(name: string): void {
    switch (localName(name)) {
      case "v":
      case "t":
        this.#isValue = false;
        break;
      case "rPh":
        this.#isPhonetic = false;
        break;
      case "c":
        if (this.#value !== undefined) this.#cells[this.#column] = this.#cell(this.#value);
        break;
      case "row":
        this.#rows.push({ number: this.#rowNumber, isHidden: this.#isHidden, cells: this.#cells });
        break;
      default:
    }
  }

  #cell(value: string): SheetCell | undefined {
    switch (this.#type) {
      case "s":
        return { kind: "text", text: this.#workbook.sharedTexts.at(Number(value)) ?? "" };
      case "b":
        return { kind: "boolean", value: isTrue(value) };
      case "n": {
        if (value === "") return undefined;
        const style = this.#workbook.styles[this.#style];
        return style === undefined ? { kind: "number", text: sheetNumber(value) } : { kind: "serial", value: Number(value), style };
      }
      default:
        // results of formulas, texts in place, ISO dates, and errors like #N/A as they are shown
        return { kind: "text", text: unescapeCell(value) };
    }
  }
}
