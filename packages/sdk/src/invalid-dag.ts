import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import { locate, type SourceLocation, type Trace } from "./source-location.ts";

/** What `PolyflowError.details` of a `dag_invalid` holds. */
export interface InvalidDagDetails {
  readonly location?: SourceLocation;
}

/** A `dag_invalid`, at the place in the author's file that `trace` was captured for, where that is known. */
export function invalidDag(message: string, trace?: Trace): PolyflowError {
  const location = trace === undefined ? undefined : locate(trace);
  const details: InvalidDagDetails = location === undefined ? {} : { location };
  return new PolyflowError("dag_invalid", message, { details: { ...details } });
}

/**
 * Runs `check`; a `dag_invalid` that comes out of it without a place gets the one of `trace`, and `subject` before its message.
 * @example within(`task "load"`, trace, () => durationMs(options.retryDelay, "retryDelay"));
 */
export function within<Result>(subject: string, trace: Trace, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!isPolyflowError(error, "dag_invalid") || error.details["location"] !== undefined) throw error;
    throw invalidDag(`${subject}: ${error.message}`, trace);
  }
}
