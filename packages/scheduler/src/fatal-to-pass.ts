import { isPolyflowError } from "@polyflow/contracts";

/** Whether an error is known to concern the scheduler as a whole: its leadership, or the database. */
export function concernsAll(error: unknown): boolean {
  return isPolyflowError(error) && error.fault === "operation";
}

/**
 * Whether an error concerns the scheduler as a whole, so that the pass must end, and not just the one DAG it came up with, so that the
 * others go on. What is not known for harmless ends the pass: it is repeated.
 */
export function endsThePass(error: unknown): boolean {
  return !isPolyflowError(error) || concernsAll(error);
}
