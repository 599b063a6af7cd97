import type { Extraction } from "../extract/extraction.ts";
import type { RejectedRecord } from "../segment.ts";
import { MemoryStaging } from "./memory-staging.ts";

/** A record as it would be staged, with its number in the file. */
export interface StagedRecord {
  /** From 1. */
  readonly row: number;
  readonly cells: readonly (string | null)[];
}

/** One piece of a source. */
export interface RecordPart {
  readonly records: readonly StagedRecord[];
  /** Records that could not be read. */
  readonly refused: readonly RejectedRecord[];
}

/** The records of a source, a segment at a time, without a database. */
export async function* readRecords(extraction: Extraction): AsyncGenerator<RecordPart, void> {
  const staging = new MemoryStaging(extraction.copy);
  for await (const segment of extraction.segments(staging)) {
    const refusedRows = new Set(segment.diverted.map((record) => record.row));
    let row = segment.firstRecord;
    const records = staging.take().map((cells) => {
      do row++;
      while (refusedRows.has(row));
      return { row, cells };
    });
    yield { records, refused: segment.diverted };
  }
}
