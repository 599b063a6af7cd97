import { PolyflowError } from "@polyflow/contracts";
import type { CopyWriter } from "../copy-writer.ts";
import type { RejectedRecord, Segment, Staging } from "../staging.ts";
import type { Extraction, ExtractionContext } from "./extraction.ts";
import { jsonLines } from "./json-lines.ts";
import { jsonList } from "./json-list.ts";
import { NO_FACTS } from "./lexical-facts.ts";
import { matchFields } from "./match-fields.ts";
import { RecordEncoder } from "./record-encoder.ts";

/** A batch of what a piece of the file held. */
export type JsonItem = { readonly value: unknown } | { readonly reason: string; readonly text: string };

/** Opens a JSON document with a list of records, or a file with one record per line. */
export function openJson(context: ExtractionContext): Extraction {
  const { source } = context;
  return {
    columnCount: source.fields.length,
    columnOf: matchFields(source, undefined),
    segments: (staging) => jsonSegments(context, staging),
  };
}

async function* jsonSegments(context: ExtractionContext, staging: Staging): AsyncGenerator<Segment, void> {
  const { source, limits, signal } = context;
  const encoder = new RecordEncoder(source);
  const batches = source.format === "json" ? jsonList(context) : jsonLines(context);
  let segment = new OpenSegment(0);
  let open: Awaited<ReturnType<Staging["begin"]>> | undefined;
  try {
    for await (const batch of batches) {
      signal.throwIfAborted();
      open ??= await staging.begin();
      await segment.add(batch, { encoder, writer: open.writer });
      if (segment.bytes < limits.segmentBytes) continue;
      await staging.commit(open.writer);
      yield segment.close(open.table);
      segment = new OpenSegment(segment.nextRecord);
      open = undefined;
    }
    if (segment.nextRecord > 0) encoder.checkSeen();
    open ??= await staging.begin();
    await staging.commit(open.writer);
    yield segment.close(open.table);
  } catch (error) {
    if (open !== undefined) await staging.abandon(open.writer);
    throw error instanceof SyntaxError ? new PolyflowError("source_unreadable", error.message, { cause: error }) : error;
  }
}

/** What has gone into the staging table in hand. */
class OpenSegment {
  bytes = 0;
  readonly #firstRecord: number;
  readonly #refused: RejectedRecord[] = [];
  #records = 0;

  constructor(firstRecord: number) {
    this.#firstRecord = firstRecord;
  }

  get nextRecord(): number {
    return this.#firstRecord + this.#records + this.#refused.length;
  }

  async add(batch: readonly JsonItem[], to: { readonly encoder: RecordEncoder; readonly writer: CopyWriter }): Promise<void> {
    let lines = "";
    for (const item of batch) {
      const row = this.nextRecord + 1;
      const encoded = "value" in item ? to.encoder.encode(item.value, row) : item;
      if ("line" in encoded) {
        lines += encoded.line;
        this.#records++;
      } else this.#refused.push({ row, text: encoded.text, reason: encoded.reason });
    }
    if (lines === "") return;
    const bytes = Buffer.from(lines);
    this.bytes += bytes.length;
    await to.writer.write(bytes);
  }

  close(table: string): Segment {
    return { table, records: this.#records, firstRecord: this.#firstRecord, diverted: this.#refused, facts: NO_FACTS };
  }
}
