import type { SourceDefinition } from "@polyflow/metadata-model";
import type { LoadLimits } from "../load-request.ts";
import type { Segment } from "../segment.ts";
import type { LexicalFacts } from "./lexical-facts.ts";

/** What reading any source needs. */
export interface ExtractionContext {
  readonly source: SourceDefinition;
  readonly limits: LoadLimits;
  readonly signal: AbortSignal;
  /** Keys of the objects that the file holds, where they are to be columns as those of a header are. */
  readonly keys?: ReadonlySet<string>;
}

/** How the bytes that an extraction writes are to be read by COPY. */
export interface CopyFormat {
  /** Name that PostgreSQL uses. */
  readonly encoding: string;
  readonly delimiter: string;
  readonly quote: string;
}

/** What the records of all readers that make records themselves are written as. */
export const RECORD_COPY_FORMAT: CopyFormat = { encoding: "UTF8", delimiter: ",", quote: '"' };

/** Takes the bytes of one piece. A buffer given to `write` may be used again once the promise has resolved. */
export interface SegmentWriter {
  write(bytes: Buffer): Promise<void>;
}

/** What was written into one piece. */
export interface FoundRecords {
  readonly records: number;
  readonly facts: LexicalFacts;
}

/** Where an extraction puts its records: staging tables of a database, or memory for a preview. */
export interface StagingArea<Writer extends SegmentWriter = SegmentWriter> {
  begin(): Promise<{ readonly table: string; readonly writer: Writer }>;
  /** Ends the piece; says whether its cells are in their types already. */
  commit(writer: Writer, found: FoundRecords): Promise<{ readonly isTyped: boolean }>;
  abandon(writer: Writer): Promise<void>;
}

/** A source whose columns are known and whose records have not been read yet. */
export interface Extraction {
  /** Cells of a record. */
  readonly columnCount: number;
  /** Names of the columns as the file has them; undefined where it has none. */
  readonly header: readonly string[] | undefined;
  /** Declared field → index of its cell; undefined when the file lacks it. */
  readonly columnOf: ReadonlyMap<string, number | undefined>;
  readonly copy: CopyFormat;
  /** Segments come with facts about their cells. */
  readonly gathersFacts: boolean;
  /** Reads the records into the staging area, piece by piece. */
  segments(staging: StagingArea): AsyncGenerator<Segment, void>;
  /** Lets go of what the reader holds; the file itself belongs to who opened it. */
  close(): Promise<void>;
}
