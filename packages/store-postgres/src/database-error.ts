import { PolyflowError } from "@polyflow/contracts";

/** SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html) that this package tells apart. */
export const SQLSTATE = {
  uniqueViolation: "23505",
  foreignKeyViolation: "23503",
  serializationFailure: "40001",
  deadlockDetected: "40P01",
  lockNotAvailable: "55P03",
  undefinedTable: "42P01",
  undefinedColumn: "42703",
  invalidSchemaName: "3F000",
  characterNotInRepertoire: "22021",
  untranslatableCharacter: "22P05",
} as const;

const NETWORK_CODES = new Set(["ECONNREFUSED", "ECONNRESET", "ENOENT", "ENOTFOUND", "EAI_AGAIN", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH"]);
/** Connection lost, server stopping or starting, too many connections, timeouts, disk full, sign-in refused, database missing. */
const UNAVAILABLE_STATES = /^(08|53|57|58|28|25P0[34]|3D000|55P03|25006)/;
/** The driver's own errors carry no code. */
const DRIVER_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|not queryable|Query read timeout|Cannot use a pool after calling end|connection error/i;

/** The code that PostgreSQL or the operating system gave to an error. */
export function errorState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether the transaction lost against another one and can simply be tried again. */
export function isRetryable(error: unknown): boolean {
  const state = errorState(error);
  return state === SQLSTATE.serializationFailure || state === SQLSTATE.deadlockDetected;
}

/** Turns what the driver throws into a PolyflowError where it is the operation's fault; other errors stay what they are. */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof PolyflowError) return error;
  const state = errorState(error);
  const message = error instanceof Error ? error.message : String(error);
  if (isUnavailable(error, state, message)) {
    const reason = message === "" ? (state ?? "no answer") : message;
    return new PolyflowError(
      "database_unavailable",
      `The metadata database does not answer: ${reason}. Check that it runs and that [database] sql_alchemy_conn names it.`,
      { cause: error },
    );
  }
  if (state === SQLSTATE.undefinedTable || state === SQLSTATE.undefinedColumn || state === SQLSTATE.invalidSchemaName) {
    return new PolyflowError(
      "database_version",
      `The metadata database is not at the version of this Polyflow: ${message}. Run \`polyflow db migrate\`.`,
      {
        cause: error,
      },
    );
  }
  return error;
}

function isUnavailable(error: unknown, state: string | undefined, message: string): boolean {
  if (state !== undefined) return NETWORK_CODES.has(state) || UNAVAILABLE_STATES.test(state);
  // Node gathers the failures of several addresses of one host name.
  if (error instanceof AggregateError) return error.errors.some((inner) => NETWORK_CODES.has(errorState(inner) ?? ""));
  return error instanceof Error && DRIVER_MESSAGES.test(message);
}
