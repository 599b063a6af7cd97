import type { Extraction, ExtractionContext } from "./extraction.ts";
import { jsonLines } from "./json-lines.ts";
import { jsonList } from "./json-list.ts";
import { openRecords } from "./record-extraction.ts";
import type { ByteStream } from "./source-file.ts";

/** Opens a JSON document with a list of records, or a file with one record per line. */
export function openJson(context: ExtractionContext, bytes: ByteStream): Extraction {
  const batches = context.source.format === "json" ? jsonList(context.source, bytes) : jsonLines(context.limits, bytes);
  return openRecords(context, { batches });
}
