import type { SourceDefinition } from "@polyflow/metadata-model";
import type { LoadLimits } from "../load-request.ts";
import { ByteSource } from "./byte-source.ts";
import { openContent } from "./container/open-content.ts";
import { openCsv } from "./csv-extraction.ts";
import { openCsvText } from "./csv-text-extraction.ts";
import { needsTextParser } from "./csv-text-parser.ts";
import type { Extraction, ExtractionContext } from "./extraction.ts";
import { jsonLines } from "./json-lines.ts";
import { jsonList } from "./json-list.ts";
import { openRecords } from "./record-extraction.ts";
import type { RecordItem } from "./record-extraction.ts";
import type { SourceFile } from "./source-file.ts";

/**
 * Opens the bytes of a file, wherever they come from, as the source describes them: the one way from a transport to records.
 * Compressed files are unpacked on the way. The file itself stays open until its owner closes it.
 * @throws PolyflowError `source_unreadable`, `source_empty`
 * @example
 * const file = openStreamedFile({ name: "sales.csv.gz", chunks: response.body });
 * const extraction = await openFormat(file, { source, limits, signal });
 */
export async function openFormat(file: SourceFile, context: ExtractionContext): Promise<Extraction> {
  const limits = { ...context.limits, ...context.source.limits };
  const content = await openContent(file, context.source, limits);
  try {
    const extraction = await openUnpacked(content, { ...context, limits });
    const close = async (): Promise<void> => {
      await extraction.close();
      await content.close();
    };
    return { ...extraction, close };
  } catch (error) {
    await content.close();
    throw error;
  }
}

/**
 * The records of a file whose records are objects, as they are, before any field is taken from them.
 * @param content unpacked
 */
export function openObjects(
  content: SourceFile,
  source: SourceDefinition,
  limits: LoadLimits,
): AsyncGenerator<readonly RecordItem[], void> {
  if (source.format === "xml") return xmlObjects(source, content, limits);
  const bytes = new ByteSource({ name: content.name, bytes: content }, source.encoding, { everythingAsUtf8: true });
  return source.format === "json" ? jsonList(source, bytes) : jsonLines(limits, bytes);
}

async function* xmlObjects(source: SourceDefinition, content: SourceFile, limits: LoadLimits): AsyncGenerator<readonly RecordItem[], void> {
  const { xmlRecords } = await import("./xml/xml-records.ts");
  yield* xmlRecords(source, content, limits);
}

async function openText(file: SourceFile, context: ExtractionContext): Promise<Extraction> {
  const { encoding, dialect } = context.source;
  const everythingAsUtf8 = needsTextParser(dialect);
  const bytes = new ByteSource({ name: file.name, bytes: file }, encoding, { everythingAsUtf8 });
  return everythingAsUtf8 ? openCsvText(context, bytes) : openCsv(context, bytes);
}

/** What most files do not need is loaded when one does: it takes megabytes. */
async function openUnpacked(file: SourceFile, context: ExtractionContext): Promise<Extraction> {
  const { source, limits } = context;
  switch (source.format) {
    case "csv":
    case "tsv":
      return openText(file, context);
    case "json":
    case "ndjson":
    case "xml":
      return openRecords(context, {
        batches: openObjects(file, source, limits),
        ...(context.keys === undefined ? {} : { keys: context.keys }),
      });
    case "xlsx":
    case "xls":
      return (await import("./sheet/sheet-extraction.ts")).openSheet(context, file);
    case "parquet":
      return (await import("./parquet/parquet-extraction.ts")).openParquet(context, file);
    case "dbf":
      return (await import("./dbf/dbf-extraction.ts")).openDbf(context, file);
  }
}
