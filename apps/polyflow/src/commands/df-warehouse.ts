import { PolyflowError } from "@polyflow/contracts";
import type { LoadLog, LoadRequest } from "@polyflow/loader";
import type { Connection } from "@polyflow/sdk";
import type { Command } from "commander";
import type { Invocation } from "../cli/invocation.ts";
import { withStore } from "../database/database-access.ts";

/** The connection of a warehouse as the loader takes it. */
export type WarehouseClient = LoadRequest["target"]["client"];

export function withWarehouse(command: Command): Command {
  return command.option("--connection <connection_id>", "connection of the warehouse", "df");
}

export function withProject(command: Command): Command {
  return command.option("--project <folder>", "folder of the project; default: the current one, or the one that is configured");
}

/**
 * Runs `work` with the settings of the warehouse that `--connection` names, and the schema of its system tables; the metadata database is
 * there meanwhile.
 */
export async function onWarehouse<Result>(
  invocation: Invocation,
  work: (client: WarehouseClient, systemSchema: string) => Promise<Result>,
): Promise<Result> {
  const { systemSchema, warehouseClient } = await import("@polyflow/provider-data");
  return withConnection(invocation, invocation.text("connection") ?? "df", (connection) =>
    work(warehouseClient(connection), systemSchema(connection)),
  );
}

/** @throws PolyflowError `connection_not_found` */
export async function withConnection<Result>(
  invocation: Invocation,
  connectionId: string,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  return withStore(invocation, async (store) => {
    const connection = await store.secrets.getConnection(connectionId);
    if (connection !== undefined) return work(connection);
    throw new PolyflowError(
      "connection_not_found",
      `There is no connection "${connectionId}". \`polyflow connections list\` shows those that exist; \`polyflow connections add ${connectionId} --uri …\` makes it.`,
    );
  });
}

/** What a load says goes to the person, not into the output. */
export function loadLog(invocation: Invocation): LoadLog {
  return {
    info: (message) => invocation.note(message),
    warning: (message) => invocation.note(`WARNING ${message}`),
  };
}
