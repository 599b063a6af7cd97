import { ERROR_CODES, PolyflowError } from "@polyflow/contracts";

/** How a command ends. docs/cli.md explains them. */
export const EXIT = {
  success: 0,
  /** The operation failed, or the run that was waited for did. */
  failed: 1,
  /** Wrong arguments, options or configuration. */
  usage: 2,
  /** What was named does not exist. */
  notFound: 3,
  /** Polyflow, or its database, does not answer. */
  unavailable: 4,
  /** `--timeout` has passed; as timeout(1) ends. */
  timeout: 124,
} as const;

const USAGE = ["config_invalid", "config_option_unknown", "params_invalid", "request_invalid"];
const UNAVAILABLE = ["database_unavailable", "server_unavailable", "embedded_postgres_failed"];

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof PolyflowError)) return EXIT.failed;
  if (UNAVAILABLE.includes(error.code)) return EXIT.unavailable;
  if (error.code.endsWith("not_found")) return EXIT.notFound;
  return USAGE.includes(error.code) ? EXIT.usage : EXIT.failed;
}

/** What a person gets to read of an error. */
export function describeError(error: unknown): string {
  if (error instanceof PolyflowError && ERROR_CODES[error.code] !== "bug") return `${error.message}\n(${error.code})`;
  if (error instanceof Error) return `Unexpected error, please report it: ${error.stack ?? error.message}`;
  return `Unexpected error, please report it: ${String(error)}`;
}
