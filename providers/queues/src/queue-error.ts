import { PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import { reasonOf } from "@polyflow/sdk/runtime";

/** What a queue could not do, with the connection and where it leads. */
export function queueError(connection: Connection, what: string, error: unknown): PolyflowError {
  if (error instanceof PolyflowError) return error;
  const where = `${connection.host ?? "localhost"}${connection.port === null ? "" : `:${connection.port}`}`;
  return new PolyflowError(
    "external_system_failed",
    `Connection "${connection.connectionId}": ${what} at ${where}: ${reasonOf(error)}. Check host, port, login, password, the setting \`tls\`, and whether the server is up.`,
    { cause: error },
  );
}
