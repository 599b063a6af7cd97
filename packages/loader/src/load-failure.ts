import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import { DatabaseError } from "pg";
import type { LoadSubject } from "./load-request.ts";

/**
 * What stopped a load, in words for its owner.
 * @throws the error itself when it is neither of Polyflow, nor of the database, nor of the system: a fault of the loader
 */
export function asLoadFailure(error: unknown, request: LoadSubject): PolyflowError {
  if (request.signal?.aborted === true) {
    return new PolyflowError("load_failed", `The load of flow "${request.flow.name}" was cancelled; the target is unchanged.`, {
      cause: error,
    });
  }
  if (isPolyflowError(error)) return error;
  if (error instanceof DatabaseError) return databaseFailure(error, request);
  if (error instanceof Error && isFromTheSystem(error)) {
    return new PolyflowError(
      "load_failed",
      `The load of flow "${request.flow.name}" broke off: ${error.message}. The target is unchanged; start it again when the connection "${request.target.connection}" works.`,
      { cause: error },
    );
  }
  throw error;
}

const UNIQUE_VIOLATION = "23505";

function databaseFailure(error: DatabaseError, request: LoadSubject): PolyflowError {
  const detail = error.detail === undefined ? "" : ` ${error.detail}`;
  const hint = error.hint === undefined ? "" : ` ${error.hint}`;
  const advice =
    error.code === UNIQUE_VIOLATION && request.flow.mode !== "merge"
      ? " Write `load: {mode: merge, keys: [...]}` in the flow if rows may come again."
      : "";
  return new PolyflowError(
    "load_failed",
    `The database refused the load of flow "${request.flow.name}": ${error.message}.${detail}${hint}${advice} The target is unchanged.`,
    { cause: error, details: { sqlState: error.code } },
  );
}

/** Errors of sockets and files have a code; those of the driver about a lost connection have only words. */
function isFromTheSystem(error: Error): boolean {
  return "code" in error || error.message.startsWith("Connection terminated") || error.message.startsWith("Client ");
}
