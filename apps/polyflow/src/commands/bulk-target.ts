import { BULK_CONNECTION_TYPES, type BulkSession, PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import { providerOf } from "../providers/installed-providers.ts";

/** The way into a database that loads do not reach by PostgreSQL's protocol. */
export interface BulkTarget {
  readonly connection: string;
  readonly database: BulkSession["database"];
  readonly open: () => Promise<BulkSession>;
}

/** Undefined for PostgreSQL and its kin, and for what takes no loads at all. */
export function bulkTarget(connection: Connection): BulkTarget | undefined {
  const database = BULK_CONNECTION_TYPES[connection.type];
  if (database === undefined) return undefined;
  return {
    connection: connection.connectionId,
    database,
    open: async () => {
      const { openBulk } = await providerOf(connection);
      if (openBulk !== undefined) return openBulk(connection);
      throw new PolyflowError("connection_not_found", `No installed provider loads into connections of type "${connection.type}".`);
    },
  };
}
