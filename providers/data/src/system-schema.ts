import { PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";

const DEFAULT_SCHEMA = "df";

/**
 * Schema of the system tables in the warehouse of a connection: `system_schema` of its `extra`, otherwise `df`.
 * @throws PolyflowError `config_invalid` when it is no text
 */
export function systemSchema(connection: Pick<Connection, "connectionId" | "extra">): string {
  const named = connection.extra["system_schema"];
  if (named === undefined || named === null || named === "") return DEFAULT_SCHEMA;
  if (typeof named === "string") return named;
  throw new PolyflowError("config_invalid", `Connection "${connection.connectionId}": \`system_schema\` in extra has to be a name.`);
}
