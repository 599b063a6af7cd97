import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import { locate, type SourceLocation, type Trace } from "./source-location.ts";

/** What `PolyflowError.details` of a `dag_invalid` holds. */
export interface InvalidDagDetails {
  readonly location?: SourceLocation;
  /** The task or DAG that it is about. */
  readonly subject?: string;
}

/** A `dag_invalid`, at the place in the author's file that `trace` was captured for; without one, at the place that is calling now. */
export function invalidDag(message: string, trace?: Trace): PolyflowError {
  const error = new PolyflowError("dag_invalid", message);
  const location = locate(trace ?? error);
  const details: InvalidDagDetails = location === undefined ? {} : { location };
  return new PolyflowError("dag_invalid", message, { details: { ...details } });
}

/**
 * Runs `check`, and puts `subject` before the message of a `dag_invalid` that comes out of it.
 * @example within(`task "load"`, () => durationMs(options.retryDelay, "retryDelay"));
 */
export function within<Result>(subject: string, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!isPolyflowError(error, "dag_invalid") || error.details["subject"] !== undefined) throw error;
    throw new PolyflowError("dag_invalid", `${subject}: ${error.message}`, { details: { ...error.details, subject } });
  }
}
