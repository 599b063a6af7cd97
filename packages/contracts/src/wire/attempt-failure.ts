import { z } from "zod";

export const skippedOutcome = z.object({ kind: z.literal("skipped"), reason: z.string().optional() });

export const failedOutcome = z.object({
  kind: z.literal("failed"),
  /** `error`: the task threw; `timeout`: killed at its execution timeout; `exit`: its process died; `fatal`: it asked for no retry. */
  reason: z.enum(["error", "timeout", "exit", "fatal"]),
  message: z.string().max(10_000),
  stack: z.string().max(50_000).optional(),
});
