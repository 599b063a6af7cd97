import { PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import { reasonOf } from "@polyflow/sdk/runtime";

/** Why no session could be opened, with what to look at. */
export function connectError(connection: Connection, database: string, error: unknown): PolyflowError {
  if (error instanceof PolyflowError) return error;
  const where = `${connection.host ?? "localhost"}${connection.port === null ? "" : `:${connection.port}`}`;
  return new PolyflowError(
    "database_unavailable",
    `Connection "${connection.connectionId}": cannot open a session on ${database} at ${where} as "${connection.login ?? ""}": ${reasonOf(error)}. ` +
      "Check host, port, login, password, database, the setting `tls`, and whether the server is up.",
    { cause: error },
  );
}

/** A statement that the database refused; its beginning shows which one. */
export function statementError(error: unknown, statement: string): Error {
  const shown = statement.length > 300 ? `${statement.slice(0, 300)}…` : statement;
  return new Error(`${reasonOf(error)}; the statement: ${shown.replaceAll(/\s+/g, " ").trim()}`, { cause: error });
}
