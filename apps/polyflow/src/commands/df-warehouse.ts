import type { LoadLog, LoadRequest } from "@polyflow/loader";
import type { Connection } from "@polyflow/sdk";
import type { Command } from "commander";
import type { Invocation } from "../cli/invocation.ts";
import { type BulkTarget, bulkTarget } from "./bulk-target.ts";
import { withSecrets } from "../secrets/command-secrets.ts";

/** The connection of a warehouse as the loader takes it. */
export type WarehouseClient = LoadRequest["target"]["client"];

export function withWarehouse(command: Command): Command {
  return command.option("--connection <connection_id>", "connection of the warehouse", "df");
}

export function withProject(command: Command): Command {
  return command.option("--project <folder>", "folder of the project; default: the current one, or the one that is configured");
}

/**
 * Runs `work` with the settings of the warehouse that `--connection` names, and the schema of its system tables.
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

/** As {@link onWarehouse}, for what can be done on PostgreSQL and on MS SQL Server. */
export async function onAnyWarehouse<Result>(
  invocation: Invocation,
  work: {
    readonly postgres: (client: WarehouseClient, systemSchema: string) => Promise<Result>;
    readonly mssql: (open: BulkTarget["open"], systemSchema: string) => Promise<Result>;
  },
): Promise<Result> {
  const { systemSchema, warehouseClient } = await import("@polyflow/provider-data");
  return withConnection(invocation, invocation.text("connection") ?? "df", (connection) => {
    const target = bulkTarget(connection);
    if (target?.database === "mssql") return work.mssql(target.open, systemSchema(connection));
    return work.postgres(warehouseClient(connection), systemSchema(connection));
  });
}

/** @throws PolyflowError `connection_not_found` */
export async function withConnection<Result>(
  invocation: Invocation,
  connectionId: string,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  return withSecrets(invocation, async (secrets) => work(await secrets.connection(connectionId)));
}

/** What a load says goes to the person, not into the output. */
export function loadLog(invocation: Invocation): LoadLog {
  return {
    info: (message) => invocation.note(message),
    warning: (message) => invocation.note(`WARNING ${message}`),
  };
}
