import type { JsonValue } from "@polyflow/contracts";
import { attemptOutcome } from "@polyflow/contracts/wire";
import { z } from "zod";

/** Outputs and batches of log lines may be large; larger data belongs into a table or a file. */
export const LARGE_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Output is not walked through again: it came out of a JSON parser just before.
 * The rest is what `attemptOutcome` of the contracts says.
 */
const [successOutcome, ...otherOutcomes] = attemptOutcome.options;
export const reportedOutcome = z.discriminatedUnion("kind", [
  successOutcome.extend({ output: z.custom<JsonValue>(() => true).optional() }),
  ...otherOutcomes,
]);
