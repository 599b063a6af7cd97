import { TextDecoder } from "node:util";
import { PolyflowError } from "@polyflow/contracts";
import type { Compression, RawDialect, SourceEncoding, SourceFormat } from "@polyflow/metadata-model";
import { decoderLabel } from "../extract/byte-source.ts";
import { openContent } from "../extract/container/open-content.ts";
import { ZipArchive } from "../extract/container/zip-archive.ts";
import { openSheetSource } from "../extract/sheet/sheet-extraction.ts";
import type { SourceFile } from "../extract/source-file.ts";
import type { LoadLimits } from "../load-request.ts";
import { detectCsv } from "./detect-csv.ts";
import { detectEncoding } from "./detect-encoding.ts";
import { isJsonLines, jsonListPath } from "./detect-json.ts";
import { detectSheet } from "./detect-sheet.ts";
import { xmlRecordPath } from "./detect-xml.ts";
import type { InferHints } from "./infer-hints.ts";

/** What a file is, as far as its bytes tell. */
export interface DetectedFile {
  readonly format: SourceFormat;
  /** Absent where the format says it itself. */
  readonly encoding?: SourceEncoding;
  readonly compression?: Compression;
  readonly innerpath?: string;
  readonly dialect: RawDialect;
  readonly columnCount: number;
  readonly notes: readonly string[];
}

const SAMPLE_BYTES = 512 * 1024;

/**
 * Finds out what a file is by its first bytes; what is hinted at is not doubted.
 * @throws PolyflowError `source_unreadable`, `source_empty`
 */
export async function detectFile(file: SourceFile, hints: InferHints, limits: LoadLimits): Promise<DetectedFile> {
  const container = await detectContainer(file, hints, limits);
  const content = await openContent(file, container, limits);
  try {
    // formats that are read by jumping about must not be read from the start before
    const named = hints.format ?? formatOfName(content.name);
    const isWorkbook = named === "xlsx" || named === "xls" || container.isWorkbook;
    const sample = isWorkbook ? Buffer.alloc(0) : await readSample(content);
    if (!isWorkbook && sample.length === 0)
      throw new PolyflowError("source_empty", `${content.name} is empty: there is nothing to learn from.`);
    const format = isWorkbook ? (named === "xls" ? "xls" : "xlsx") : (hints.format ?? formatOf(sample, content.name));
    const found = await detectTable(format, { content, sample, hints, limits });
    return { ...found, format, ...containerKeys(container), notes: [`format: ${format}`, ...container.notes, ...found.notes] };
  } finally {
    await content.close();
  }
}

interface DetectedContainer {
  readonly compression?: Compression;
  readonly innerpath?: string;
  readonly isWorkbook: boolean;
  readonly notes: readonly string[];
}

function containerKeys({ compression, innerpath }: DetectedContainer): Pick<DetectedContainer, "compression" | "innerpath"> {
  return {
    ...(compression === undefined || compression === "none" ? {} : { compression }),
    ...(innerpath === undefined ? {} : { innerpath }),
  };
}

async function detectContainer(file: SourceFile, hints: InferHints, limits: LoadLimits): Promise<DetectedContainer> {
  if (/\.gz$/i.test(file.name)) return { compression: "gzip", isWorkbook: false, notes: ["compression: gzip, by the name's ending"] };
  const isZip = /\.zip$/i.test(file.name);
  if (!isZip && hints.innerpath === undefined) return { compression: "none", isWorkbook: false, notes: [] };
  const archive = await ZipArchive.open(await file.localPath(), file.name, limits);
  const names = [...archive.members.keys()];
  archive.close();
  if (names.includes("xl/workbook.xml")) return { compression: "none", isWorkbook: true, notes: ["a workbook, whatever its name says"] };
  if (hints.innerpath !== undefined) return { compression: "zip", innerpath: hints.innerpath, isWorkbook: false, notes: [] };
  if (names.length === 1) return { compression: "zip", isWorkbook: false, notes: [`compression: zip with the one file ${names[0] ?? ""}`] };
  throw new PolyflowError(
    "source_unreadable",
    `${file.name} holds ${names.length} files: ${names.slice(0, 10).join(", ")}. Say which one with a mask (\`--innerpath\`).`,
  );
}

const ENDINGS: ReadonlyMap<string, SourceFormat> = new Map<string, SourceFormat>([
  ["csv", "csv"],
  ["tsv", "tsv"],
  ["json", "json"],
  ["ndjson", "ndjson"],
  ["jsonl", "ndjson"],
  ["xlsx", "xlsx"],
  ["xlsm", "xlsx"],
  ["xls", "xls"],
  ["xml", "xml"],
  ["parquet", "parquet"],
  ["dbf", "dbf"],
]);

function formatOfName(name: string): SourceFormat | undefined {
  return ENDINGS.get(name.slice(name.lastIndexOf(".") + 1).toLowerCase());
}

/** The bytes count more than the name: a list of lines may be called `.json`, a CSV file `.txt`. */
function formatOf(sample: Buffer, name: string): SourceFormat {
  if (sample.subarray(0, 4).toString("latin1") === "PAR1") return "parquet";
  const named = formatOfName(name);
  if (named === "dbf") return "dbf";
  const start = sample
    .subarray(0, 4096)
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  if (start.startsWith("<")) return "xml";
  if (start.startsWith("{") || start.startsWith("[")) return isJsonLines(sample.toString("utf8")) ? "ndjson" : "json";
  return named === "tsv" ? "tsv" : "csv";
}

async function readSample(content: SourceFile): Promise<Buffer> {
  const sample = Buffer.allocUnsafe(SAMPLE_BYTES);
  let filled = 0;
  while (filled < SAMPLE_BYTES) {
    const count = await content.read(sample, filled);
    if (count === 0) break;
    filled += count;
  }
  return sample.subarray(0, filled);
}

interface TableContext {
  readonly content: SourceFile;
  readonly sample: Buffer;
  readonly hints: InferHints;
  readonly limits: LoadLimits;
}

type DetectedTable = Pick<DetectedFile, "encoding" | "dialect" | "columnCount" | "notes">;

async function detectTable(format: SourceFormat, context: TableContext): Promise<DetectedTable> {
  const { sample, hints } = context;
  switch (format) {
    case "csv":
    case "tsv":
      return detectText(sample, hints, format);
    case "json":
    case "ndjson":
      return detectJson(sample, hints, format);
    case "xml": {
      const property = hints.property ?? xmlRecordPath(decoded(sample, detectEncoding(sample).encoding));
      if (property === undefined)
        throw new PolyflowError("source_unreadable", `${context.content.name} has no element that could be a record.`);
      return {
        dialect: { property },
        columnCount: 0,
        notes: hints.property === undefined ? [`property: ${property} is the outermost element that comes again`] : [],
      };
    }
    case "xlsx":
    case "xls":
      return detectWorkbook(context, format);
    case "dbf":
    case "parquet": {
      const encoding = hints.encoding === undefined ? {} : { encoding: statedEncoding(hints.encoding) };
      return { dialect: {}, columnCount: 0, notes: [], ...encoding };
    }
  }
}

function detectText(sample: Buffer, hints: InferHints, format: "csv" | "tsv"): DetectedTable {
  const { encoding, note } = textEncoding(sample, hints);
  const delimiter = hints.delimiter ?? (format === "tsv" ? "\t" : undefined);
  const found = detectCsv(decoded(sample, encoding), {
    delimiter,
    header: hints.header ?? (hints.headerRows === undefined ? undefined : true),
  });
  const headerRows = hints.headerRows ?? found.headerRows;
  return {
    encoding,
    columnCount: found.columnCount,
    notes: [`encoding: ${encoding}, ${note}`, ...found.notes],
    dialect: {
      ...(found.delimiter === (format === "tsv" ? "\t" : ",") ? {} : { delimiter: found.delimiter }),
      ...(found.header ? {} : { header: false }),
      ...(headerRows === undefined ? {} : { headerRows }),
      ...(hints.quoteChar === undefined ? {} : { quoteChar: hints.quoteChar }),
      ...(hints.commentChar === undefined ? {} : { commentChar: hints.commentChar }),
    },
  };
}

function detectJson(sample: Buffer, hints: InferHints, format: "json" | "ndjson"): DetectedTable {
  const { encoding, note } = textEncoding(sample, hints);
  const notes = [`encoding: ${encoding}, ${note}`];
  if (format === "ndjson") return { encoding, dialect: {}, columnCount: 0, notes };
  const property = hints.property ?? jsonListPath(decoded(sample, encoding));
  if (property === undefined)
    throw new PolyflowError(
      "source_unreadable",
      "The document has no list of objects in its beginning. Say where it is (`--property data.items`).",
    );
  if (property === "") return { encoding, dialect: {}, columnCount: 0, notes };
  return { encoding, dialect: { property }, columnCount: 0, notes: [...notes, `property: ${property} is the first list of objects`] };
}

async function detectWorkbook({ content, hints, limits }: TableContext, format: "xlsx" | "xls"): Promise<DetectedTable> {
  const wanted = hints.sheetName ?? hints.sheetNumber ?? 1;
  const { sheet, names } = await openSheetSource(content, { format, sheet: wanted, limits });
  try {
    const found = await detectSheet(sheet, { headerRows: hints.headerRows, header: hints.header });
    const others = names.filter((name) => name !== sheet.name);
    const note = `sheet: "${sheet.name}"${others.length === 0 ? "" : `; others are ${others.map((name) => `"${name}"`).join(", ")}`}`;
    const { format: _format, encoding: _encoding, innerpath: _innerpath, ...stated } = hints;
    return {
      columnCount: found.columnCount,
      notes: [note, ...found.notes],
      dialect: { ...(names.length > 1 && hints.sheetNumber === undefined ? { sheetName: sheet.name } : {}), ...found.dialect, ...stated },
    };
  } finally {
    await sheet.close();
  }
}

function textEncoding(sample: Buffer, hints: InferHints): { readonly encoding: SourceEncoding; readonly note: string } {
  return hints.encoding === undefined ? detectEncoding(sample) : { encoding: statedEncoding(hints.encoding), note: "as told" };
}

const ENCODINGS: ReadonlyMap<string, SourceEncoding> = new Map<string, SourceEncoding>([
  ["utf-8", "utf-8"],
  ["utf8", "utf-8"],
  ["windows-1251", "windows-1251"],
  ["cp1251", "windows-1251"],
  ["cp866", "cp866"],
  ["koi8-r", "koi8-r"],
  ["utf-16le", "utf-16le"],
  ["utf-16be", "utf-16be"],
  ["latin1", "latin1"],
]);

function statedEncoding(text: string): SourceEncoding {
  const encoding = ENCODINGS.get(text.toLowerCase());
  if (encoding !== undefined) return encoding;
  throw new PolyflowError(
    "source_unreadable",
    `The encoding "${text}" is not supported; supported are ${[...new Set(ENCODINGS.values())].join(", ")}.`,
  );
}

function decoded(sample: Buffer, encoding: SourceEncoding): string {
  return new TextDecoder(decoderLabel(encoding)).decode(sample, { stream: true });
}
