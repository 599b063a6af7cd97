import { PolyflowError } from "@polyflow/contracts";
import type { SourceField } from "@polyflow/metadata-model";
import { parquetMetadataAsync, parquetRead } from "hyparquet";
import type { AsyncBuffer, ColumnData, FileMetaData } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { asyncBufferFromFile } from "hyparquet/src/node.js";
import type { Extraction, ExtractionContext } from "../extraction.ts";
import { openRecords } from "../record-extraction.ts";
import type { RecordItem } from "../record-extraction.ts";
import type { SourceFile } from "../source-file.ts";
import { EXACT_PARSERS, parquetColumns } from "./parquet-columns.ts";
import type { ParquetColumn } from "./parquet-columns.ts";

const ROWS_PER_BATCH = 2000;

/**
 * Opens a Parquet file. It is read one row group after the other, so its memory is that of its largest row group.
 * @throws PolyflowError `source_unreadable`
 */
export async function openParquet(context: ExtractionContext, file: SourceFile): Promise<Extraction> {
  const buffer = await asyncBufferFromFile(await file.localPath());
  const metadata = await understood(file.name, () => parquetMetadataAsync(buffer, { geoparquet: false }));
  const fields = new Map(context.source.fields.map((field): readonly [string, SourceField] => [field.name, field]));
  const columns = parquetColumns(metadata, fields);
  refuseLargeGroups(context, metadata, file.name);
  const batches = parquetRecords({ name: file.name, buffer, metadata, columns, context });
  return openRecords(context, { header: columns.map((column) => column.name), batches });
}

function refuseLargeGroups({ limits }: ExtractionContext, metadata: FileMetaData, name: string): void {
  const largest = Math.max(0, ...metadata.row_groups.map((group) => Number(group.total_byte_size)));
  if (largest <= limits.memoryBytes) return;
  throw new PolyflowError(
    "source_unreadable",
    `${name} has a row group of ${largest} bytes, and ${limits.memoryBytes} are allowed in memory. Raise \`limits: {memoryBytes: …}\` in the source's YAML, or have it written with smaller row groups.`,
  );
}

interface ParquetReading {
  readonly name: string;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly columns: readonly ParquetColumn[];
  readonly context: ExtractionContext;
}

async function* parquetRecords(reading: ParquetReading): AsyncGenerator<readonly RecordItem[], void> {
  const { metadata, columns, context } = reading;
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    context.signal.throwIfAborted();
    const rowEnd = rowStart + Number(group.num_rows);
    const values = await readGroup(reading, rowStart, rowEnd);
    for (let start = rowStart; start < rowEnd; start += ROWS_PER_BATCH) {
      const count = Math.min(ROWS_PER_BATCH, rowEnd - start);
      yield Array.from({ length: count }, (_, index) => ({
        cells: columns.map((column, place) => column.write(values[place]?.[start - rowStart + index])),
      }));
    }
    rowStart = rowEnd;
  }
}

/** The values of a row group, column by column. */
async function readGroup(reading: ParquetReading, rowStart: number, rowEnd: number): Promise<readonly ArrayLike<unknown>[]> {
  const { columns } = reading;
  const chunks = new Map<string, ColumnData[]>(columns.map((column) => [column.name, []]));
  await understood(reading.name, () =>
    parquetRead({
      file: reading.buffer,
      metadata: reading.metadata,
      rowStart,
      rowEnd,
      columns: columns.map((column) => column.name),
      compressors,
      geoparquet: false,
      // binary texts are told from texts by the schema
      utf8: false,
      parsers: EXACT_PARSERS,
      onChunk: (chunk) => chunks.get(chunk.columnName)?.push(chunk),
    }),
  );
  return columns.map((column) => joined((chunks.get(column.name) ?? []).toSorted((left, right) => left.rowStart - right.rowStart)));
}

function joined(chunks: readonly ColumnData[]): ArrayLike<unknown> {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only.columnData;
  return chunks.flatMap((chunk) => Array.from<unknown>(chunk.columnData));
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
