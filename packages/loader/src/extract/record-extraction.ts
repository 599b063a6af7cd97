import { PolyflowError } from "@polyflow/contracts";
import type { SourceDefinition } from "@polyflow/metadata-model";
import type { RejectedRecord, Segment } from "../segment.ts";
import { RECORD_COPY_FORMAT } from "./extraction.ts";
import type { Extraction, ExtractionContext, SegmentWriter, StagingArea } from "./extraction.ts";
import { NO_FACTS } from "./lexical-facts.ts";
import { LineBuffer } from "./line-buffer.ts";
import { matchFields } from "./match-fields.ts";
import { keyOf, RecordEncoder } from "./record-encoder.ts";
import type { ObjectColumn } from "./record-encoder.ts";

/** One record: an object whose keys are fields, the cells of a row, or something that cannot be read. */
export type RecordItem =
  | { readonly value: unknown }
  | { readonly cells: readonly (string | null)[] }
  | { readonly reason: string; readonly text: string };

/** Records of a source that is not plain text: what a reader of a format, a database or an interface yields. */
export interface RecordStream {
  /** Names of the cells, where records are rows; undefined where they are objects. */
  readonly header?: readonly string[];
  /** Keys that the objects have, where they have been looked at beforehand: they are then columns as those of a header are. */
  readonly keys?: ReadonlySet<string>;
  /** Records in the order of the source, in batches of a size that fits into memory several times. */
  readonly batches: AsyncIterable<readonly RecordItem[]>;
  close?(): Promise<void>;
}

/**
 * Brings records from anywhere into the staging path of files, so that casts, rules and rejects work alike.
 * @throws PolyflowError `source_unreadable` when the header does not fit the declared fields
 * @example openRecords({ source, limits, signal }, { header: ["id", "name"], batches: rowsOfCursor() })
 */
export function openRecords(context: ExtractionContext, stream: RecordStream): Extraction {
  const { source } = context;
  const columns = stream.keys === undefined ? undefined : objectColumns(source, stream.keys);
  const header = stream.header ?? columns?.map(({ name }) => name);
  return {
    columnCount: header?.length ?? source.fields.length,
    header,
    columnOf: matchFields(source, header),
    copy: RECORD_COPY_FORMAT,
    gathersFacts: false,
    segments: (staging) => recordSegments(context, { stream, columns }, staging),
    close: async () => stream.close?.(),
  };
}

/** The declared fields that the objects have, then the keys that are no field's. */
function objectColumns({ fields }: SourceDefinition, keys: ReadonlySet<string>): readonly ObjectColumn[] {
  const taken = new Set(fields.flatMap((field) => [field.name, keyOf(field)]));
  const fresh = [...keys].filter((key) => !taken.has(key)).map((name) => ({ name, path: [name] }));
  return [...fields.filter((field) => keys.has(keyOf(field))), ...fresh];
}

async function* recordSegments(
  context: ExtractionContext,
  { stream, columns }: { readonly stream: RecordStream; readonly columns: readonly ObjectColumn[] | undefined },
  staging: StagingArea,
): AsyncGenerator<Segment, void> {
  const { source, limits, signal } = context;
  const encoder = new RecordEncoder(source, stream.header?.length, columns);
  let segment = new OpenSegment(0);
  const lines = new LineBuffer();
  let open: OpenTable | undefined;
  try {
    for await (const batch of stream.batches) {
      signal.throwIfAborted();
      open ??= { ...(await staging.begin()), lines };
      await segment.add(batch, encoder, open);
      if (segment.bytes < limits.segmentBytes) continue;
      yield await segment.close(staging, open);
      segment = new OpenSegment(segment.nextRecord);
      open = undefined;
    }
    if (segment.nextRecord > 0 && stream.header === undefined) encoder.checkSeen();
    open ??= { ...(await staging.begin()), lines };
    yield await segment.close(staging, open);
  } catch (error) {
    if (open !== undefined) await staging.abandon(open.writer);
    throw error instanceof SyntaxError ? new PolyflowError("source_unreadable", error.message, { cause: error }) : error;
  }
}

/** The staging table in hand and the lines on their way to it. */
interface OpenTable {
  readonly table: string;
  readonly writer: SegmentWriter;
  readonly lines: LineBuffer;
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

  async add(batch: readonly RecordItem[], encoder: RecordEncoder, to: OpenTable): Promise<void> {
    for (const item of batch) {
      const row = this.nextRecord + 1;
      const encoded = "value" in item ? encoder.encode(item.value, row) : "cells" in item ? encoder.encodeCells(item.cells) : item;
      if ("line" in encoded) {
        if (!to.lines.fits(encoded.line)) this.bytes += await to.lines.send(to.writer, encoded.line);
        this.#records++;
      } else this.#refused.push({ row, text: encoded.text, reason: encoded.reason });
    }
  }

  async close(staging: StagingArea, { table, writer, lines }: OpenTable): Promise<Segment> {
    await lines.send(writer);
    const found = { records: this.#records, facts: NO_FACTS };
    const { isTyped } = await staging.commit(writer, found);
    return { ...found, table, firstRecord: this.#firstRecord, diverted: this.#refused, isTyped };
  }
}
