import { isPolyflowError } from "@polyflow/contracts";
import type { AttemptOutcome } from "@polyflow/contracts/wire";
import { authorFrames } from "@polyflow/sdk/runtime";

/** An outcome as its author reads it, and what only somebody who works on Polyflow wants to read. */
export interface ReadableOutcome {
  readonly outcome: AttemptOutcome;
  /** The whole stack, where the outcome does not have it. */
  readonly trace?: string;
}

const FRAME = /^\s+at /;

/**
 * Leaves of the stack what helps the author of a task: the frames of the author's files and the causes. An error of ours that says what the
 * user has to change (a failed quality rule, a wrong metadata file) says all there is to say with its message.
 * @param error what was thrown; undefined when the outcome says more than it
 */
export function readableOutcome(outcome: AttemptOutcome, error: unknown): ReadableOutcome {
  if (outcome.kind !== "failed" || outcome.stack === undefined) return { outcome };
  const { stack: trace, ...withoutStack } = outcome;
  const stack = isPolyflowError(error) && error.fault === "user" ? undefined : authorStack(trace);
  if (stack === trace) return { outcome };
  return { outcome: stack === undefined ? withoutStack : { ...withoutStack, stack }, trace };
}

/** Undefined when nothing is left but the message, which the outcome has already. */
function authorStack(stack: string): string | undefined {
  const lines = stack.split("\n").filter((line) => !FRAME.test(line) || authorFrames(line).length > 0);
  return lines.some((line) => FRAME.test(line) || line.startsWith("Caused by: ")) ? lines.join("\n") : undefined;
}
