import { ByteSource } from "./byte-source.ts";
import { openCsv } from "./csv-extraction.ts";
import type { Extraction, ExtractionContext } from "./extraction.ts";
import { openJson } from "./json-extraction.ts";
import type { SourceFile } from "./source-file.ts";

/**
 * Opens the bytes of a file, wherever they come from, as the source describes them: the one way from a transport to records.
 * @throws PolyflowError `source_unreadable`, `source_empty`
 * @example
 * const file = openStreamedFile({ name: "sales.csv", chunks: response.body });
 * const extraction = await openFormat(file, { source, limits, signal });
 */
export async function openFormat(file: SourceFile, context: ExtractionContext): Promise<Extraction> {
  const { source } = context;
  const text = (everythingAsUtf8: boolean): ByteSource =>
    new ByteSource({ name: file.name, bytes: file }, source.encoding, { everythingAsUtf8 });
  switch (source.format) {
    case "csv":
    case "tsv":
      return openCsv(context, text(false));
    case "json":
    case "ndjson":
      return openJson(context, text(true));
  }
}
