import { PolyflowError } from "@polyflow/contracts";
import type { LoadLimits } from "../../load-request.ts";
import { ZipArchive } from "../container/zip-archive.ts";
import type { SourceFile } from "../source-file.ts";
import { localName, XmlEvents } from "../xml/xml-events.ts";
import type { XmlHandler } from "../xml/xml-events.ts";
import { serialStyle } from "./number-format.ts";
import type { SerialStyle } from "./sheet-source.ts";
import { TextTable } from "./text-table.ts";

/** The parts of an xlsx workbook that its sheets refer to. */
export interface XlsxWorkbook {
  readonly archive: ZipArchive;
  readonly is1904: boolean;
  readonly sheets: readonly { readonly name: string; readonly member: string }[];
  /** By number of the cell style. */
  readonly styles: readonly (SerialStyle | undefined)[];
  readonly sharedTexts: TextTable;
}

/**
 * Opens a workbook; closing its archive is up to the caller.
 * @throws PolyflowError `source_unreadable`
 */
export async function openWorkbook(file: SourceFile, limits: LoadLimits): Promise<XlsxWorkbook> {
  const archive = await ZipArchive.open(await file.localPath(), file.name, limits);
  try {
    const parts = new PartReader(archive, limits);
    const { is1904, sheets } = await readSheetList(parts);
    const targets = await readTargets(parts);
    return {
      archive,
      is1904,
      sheets: sheets.map((sheet) => ({ name: sheet.name, member: targets.get(sheet.relation) ?? "" })),
      styles: await readStyles(parts),
      sharedTexts: await readSharedTexts(parts),
    };
  } catch (error) {
    archive.close();
    throw error;
  }
}

/** Feeds parts of the workbook to a handler; what is kept of them counts against the memory limit. */
class PartReader {
  readonly #archive: ZipArchive;
  readonly #limits: LoadLimits;
  #kept = 0;

  constructor(archive: ZipArchive, limits: LoadLimits) {
    this.#archive = archive;
    this.#limits = limits;
  }

  /** @returns false when the workbook has no such part */
  async read(member: string, handler: XmlHandler): Promise<boolean> {
    const entry = this.#archive.members.get(member);
    if (entry === undefined) return false;
    const events = new XmlEvents(`${member} in ${this.#archive.name}`, handler);
    const decoder = new TextDecoder();
    for await (const chunk of this.#archive.read(entry)) events.write(decoder.decode(chunk, { stream: true }));
    events.end();
    return true;
  }

  keep(text: string): string {
    this.#kept += text.length * 2 + 32;
    this.checkKept(this.#kept);
    return text;
  }

  /** @throws PolyflowError `source_unreadable` when more bytes are kept than may be */
  checkKept(bytes: number): void {
    if (bytes > this.#limits.memoryBytes) {
      throw new PolyflowError(
        "source_unreadable",
        `The texts of ${this.#archive.name} take more than ${this.#limits.memoryBytes} bytes of memory. Raise \`limits: {memoryBytes: …}\` in the source's YAML, or have it written as CSV.`,
      );
    }
  }

  refuse(what: string): PolyflowError {
    return new PolyflowError(
      "source_unreadable",
      `${this.#archive.name} is not an xlsx workbook: ${what}. Check \`format\` in the source's YAML.`,
    );
  }
}

const nothing = (): void => undefined;

async function readSheetList(
  parts: PartReader,
): Promise<{ readonly is1904: boolean; readonly sheets: readonly { readonly name: string; readonly relation: string }[] }> {
  let is1904 = false;
  const sheets: { readonly name: string; readonly relation: string }[] = [];
  const isThere = await parts.read("xl/workbook.xml", {
    open: (name, attributes) => {
      const tag = localName(name);
      if (tag === "workbookPr") is1904 = isTrue(attributes["date1904"]);
      if (tag !== "sheet") return;
      const relation = Object.entries(attributes).find(([key]) => key.includes(":") && localName(key) === "id")?.[1];
      sheets.push({ name: parts.keep(attributes["name"] ?? ""), relation: relation ?? "" });
    },
    text: nothing,
    close: nothing,
  });
  if (!isThere) throw parts.refuse("it has no xl/workbook.xml");
  return { is1904, sheets };
}

/** Relation → member of the archive. */
async function readTargets(parts: PartReader): Promise<ReadonlyMap<string, string>> {
  const targets = new Map<string, string>();
  await parts.read("xl/_rels/workbook.xml.rels", {
    open: (name, attributes) => {
      if (localName(name) !== "Relationship") return;
      const target = attributes["Target"] ?? "";
      targets.set(attributes["Id"] ?? "", target.startsWith("/") ? target.slice(1) : `xl/${target}`);
    },
    text: nothing,
    close: nothing,
  });
  return targets;
}

async function readStyles(parts: PartReader): Promise<readonly (SerialStyle | undefined)[]> {
  const codes = new Map<number, string>();
  const styles: (SerialStyle | undefined)[] = [];
  let isInCellFormats = false;
  await parts.read("xl/styles.xml", {
    open: (name, attributes) => {
      const tag = localName(name);
      if (tag === "numFmt") codes.set(Number(attributes["numFmtId"]), attributes["formatCode"] ?? "");
      else if (tag === "cellXfs") isInCellFormats = true;
      else if (tag === "xf" && isInCellFormats) {
        const id = Number(attributes["numFmtId"] ?? 0);
        styles.push(serialStyle(id, codes.get(id)));
      }
    },
    text: nothing,
    close: (name) => {
      if (localName(name) === "cellXfs") isInCellFormats = false;
    },
  });
  return styles;
}

async function readSharedTexts(parts: PartReader): Promise<TextTable> {
  const texts = new TextTable();
  let text = "";
  let isText = false;
  let isPhonetic = false;
  await parts.read("xl/sharedStrings.xml", {
    open: (name) => {
      const tag = localName(name);
      if (tag === "si") text = "";
      else if (tag === "rPh") isPhonetic = true;
      else if (tag === "t") isText = !isPhonetic;
    },
    text: (piece) => {
      if (isText) text += piece;
    },
    close: (name) => {
      const tag = localName(name);
      if (tag === "t") isText = false;
      else if (tag === "rPh") isPhonetic = false;
      else if (tag === "si") {
        texts.add(unescapeCell(text));
        parts.checkKept(texts.byteLength);
      }
    },
  });
  return texts;
}

/** Characters that XML cannot hold are written as `_x000D_`. */
export function unescapeCell(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Booleans of XML Schema. */
export function isTrue(value: string | undefined): boolean {
  return value === "1" || value === "true" || value === "on";
}
