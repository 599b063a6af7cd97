import type { FlowDefinition } from "@polyflow/metadata-model";
import { InsertWriter } from "./insert-writer.ts";
import { StepWriter } from "./step-writer.ts";
import type { WriteStrategy } from "./strategy/write-shape.ts";
import type { TargetWriter, WriterContext } from "./writer-context.ts";

/** The writer for the flow's mode. */
export function createWriter(context: WriterContext): TargetWriter {
  const strategy = writeStrategyOf(context.flow, context.mayMeetAgain);
  const isPlain = strategy === "append" || strategy === "replace" || (strategy === "partition" && context.flow.partitionBy.length === 0);
  return isPlain ? new InsertWriter(context) : new StepWriter(context, strategy);
}

/**
 * What the flow's mode comes to.
 * @param mayMeetAgain records that were loaded before may come again
 */
export function writeStrategyOf(flow: FlowDefinition, mayMeetAgain: boolean): WriteStrategy {
  switch (flow.mode) {
    case "replace":
    case "partition":
      return flow.mode;
    case "merge":
      return flow.strategy;
    case "append":
      if (flow.cursor === undefined) return "append";
      if (flow.keys.length > 0) return "insert_only";
      return mayMeetAgain ? "new_only" : "append";
  }
}
