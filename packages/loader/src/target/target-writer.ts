import { InsertWriter } from "./insert-writer.ts";
import { MergeWriter } from "./merge-writer.ts";
import type { TargetWriter, WriterContext } from "./writer-context.ts";

/** The writer for the flow's mode. */
export function createWriter(context: WriterContext): TargetWriter {
  return context.flow.mode === "merge" ? new MergeWriter(context) : new InsertWriter(context);
}
