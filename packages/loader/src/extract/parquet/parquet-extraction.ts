import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { PolyflowError } from "@polyflow/contracts";
import type { SourceField } from "@polyflow/metadata-model";
import { parquetMetadataAsync, parquetSchema } from "hyparquet";
import type { AsyncBuffer, FileMetaData, RowGroup } from "hyparquet";
import { getTreePath, isFlatColumn } from "hyparquet/src/schema.js";
import type { Extraction, ExtractionContext } from "../extraction.ts";
import { openRecords } from "../record-extraction.ts";
import type { RecordItem } from "../record-extraction.ts";
import type { SourceFile } from "../source-file.ts";
import { ChunkPages, PageMemory } from "./chunk-pages.ts";
import { FlatColumn, NestedColumn } from "./column-reader.ts";
import type { ColumnReader, Leaf } from "./column-reader.ts";
import { EXACT_PARSERS, parquetColumns } from "./parquet-columns.ts";
import type { ParquetColumn } from "./parquet-columns.ts";
import type { ColumnDecoder } from "./page-texts.ts";
import { PageBuffer, PARQUET_COMPRESSORS } from "./page-buffer.ts";

const ROWS_PER_BATCH = 128;

/**
 * Opens a Parquet file. The columns of a row group are read side by side, page by page, so its memory is that of one page of each column,
 * however large the row groups are.
 * @throws PolyflowError `source_unreadable`
 */
export async function openParquet(context: ExtractionContext, file: SourceFile): Promise<Extraction> {
  const handle = await open(await file.localPath(), "r");
  try {
    const metadata = await understood(file.name, async () => parquetMetadataAsync(await asyncBuffer(handle), { geoparquet: false }));
    const fields = new Map(context.source.fields.map((field): readonly [string, SourceField] => [field.name, field]));
    const columns = parquetColumns(metadata, fields);
    const batches = parquetRecords({ name: file.name, handle, metadata, columns, context });
    return openRecords(context, { header: columns.map((column) => column.name), batches, close: () => handle.close() });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function asyncBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const bytes = new ArrayBuffer(Math.max(0, end - start));
      await handle.read(new Uint8Array(bytes), 0, bytes.byteLength, start);
      return bytes;
    },
  };
}

interface ParquetReading {
  readonly name: string;
  readonly handle: FileHandle;
  readonly metadata: FileMetaData;
  readonly columns: readonly ParquetColumn[];
  readonly context: ExtractionContext;
}

/** Where pages are put, for all row groups of the file. */
interface PagePlace {
  readonly memory: PageMemory;
  readonly buffers: Map<string, PageBuffer>;
}

async function* parquetRecords(reading: ParquetReading): AsyncGenerator<readonly RecordItem[], void> {
  const pages: PagePlace = { memory: new PageMemory(reading.name, reading.context.limits.memoryBytes), buffers: new Map() };
  for (const group of reading.metadata.row_groups) yield* groupRecords(reading, group, pages);
}

/** A batch never goes beyond the page in hand of any column, whose bytes may be overwritten then. */
async function* groupRecords(reading: ParquetReading, group: RowGroup, pages: PagePlace): AsyncGenerator<readonly RecordItem[], void> {
  const { name, context } = reading;
  const readers = await understood(name, () => Promise.resolve(columnReaders(reading, group, pages)));
  for (let left = Number(group.num_rows); left > 0; ) {
    context.signal.throwIfAborted();
    const texts = await understood(name, async () => {
      let count = Math.min(left, ROWS_PER_BATCH);
      for (const reader of readers) count = Math.min(count, await reader.available());
      if (count === 0) throw new Error("a column ends before its row group");
      return readers.map((reader) => reader.take(count));
    });
    const count = texts[0]?.length ?? left;
    yield Array.from({ length: count }, (_, index) => ({ cells: texts.map((column) => column[index] ?? null) }));
    left -= count;
  }
  for (const reader of readers) reader.release();
}

function columnReaders(reading: ParquetReading, group: RowGroup, pages: PagePlace): readonly ColumnReader[] {
  const { metadata, handle, columns } = reading;
  const tree = parquetSchema(metadata);
  const leaves = group.columns.map(({ meta_data: chunk, file_path: elsewhere }): Leaf => {
    if (chunk === undefined || elsewhere !== undefined) throw new Error("its columns are in other files");
    const schemaPath = getTreePath(tree, chunk.path_in_schema);
    const { element } = schemaPath.at(-1) ?? tree;
    const path = chunk.path_in_schema.join(".");
    const buffer = pages.buffers.get(path) ?? new PageBuffer();
    pages.buffers.set(path, buffer);
    const decoder: ColumnDecoder = {
      pathInSchema: chunk.path_in_schema,
      type: chunk.type,
      element,
      schemaPath,
      codec: chunk.codec,
      parsers: EXACT_PARSERS,
      // what lists and structures are made of outlives its page
      compressors: isFlatColumn(schemaPath) ? buffer.compressors : PARQUET_COMPRESSORS,
      // binary texts are told from texts by the schema
      utf8: false,
    };
    return { pages: new ChunkPages(chunk, { handle, memory: pages.memory, buffer }), decoder };
  });
  return columns.map(({ name, isText, write }, index) => {
    const own = leaves.filter((leaf) => leaf.decoder.pathInSchema[0] === name);
    const [only] = own;
    const child = tree.children[index];
    if (only === undefined || child === undefined) throw new Error(`the column "${name}" is not in all row groups`);
    return own.length === 1 && isFlatColumn(only.decoder.schemaPath)
      ? new FlatColumn(only.pages, { decoder: only.decoder, isText, write })
      : new NestedColumn(own, { tree: child, parsers: EXACT_PARSERS, write });
  });
}

async function understood<Result>(name: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof PolyflowError || !(error instanceof Error)) throw error;
    throw new PolyflowError(
      "source_unreadable",
      `${name} cannot be read as Parquet: ${error.message}. Check \`format\`, or fetch it again.`,
      {
        cause: error,
      },
    );
  }
}
