import type { SourceDefinition } from "@polyflow/metadata-model";
import type { LoadLimits } from "../load-request.ts";
import type { Segment, Staging } from "../staging.ts";
import type { ByteSource } from "./byte-source.ts";

/** What reading the file needs. */
export interface ExtractionContext {
  readonly source: SourceDefinition;
  readonly bytes: ByteSource;
  readonly limits: LoadLimits;
  readonly signal: AbortSignal;
}

/** A file whose columns are known and whose records have not been read yet. */
export interface Extraction {
  /** Cells of a record. */
  readonly columnCount: number;
  /** Declared field → index of its cell; undefined when the file lacks it. */
  readonly columnOf: ReadonlyMap<string, number | undefined>;
  /** Reads the records into staging tables, piece by piece. */
  segments(staging: Staging): AsyncGenerator<Segment, void>;
}
