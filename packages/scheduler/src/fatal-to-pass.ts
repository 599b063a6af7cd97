import { isPolyflowError } from "@polyflow/contracts";

/**
 * Whether an error concerns the scheduler as a whole (leadership, the database), so that the pass must end, and not just the one DAG it
 * came up with, so that the others go on. What is not known for harmless ends the pass: it is repeated.
 */
export function endsThePass(error: unknown): boolean {
  return !isPolyflowError(error) || error.fault === "operation";
}
