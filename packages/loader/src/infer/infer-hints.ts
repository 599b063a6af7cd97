import type { RawDialect, SourceFormat } from "@polyflow/metadata-model";

/** What is known already; whatever is absent is found out and said. */
export interface InferHints extends RawDialect {
  readonly format?: SourceFormat;
  readonly encoding?: string;
  readonly innerpath?: string;
}
