import { PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import type { Command } from "commander";
import { type CommandHost, does, group, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import type { Cell } from "../cli/output.ts";
import { driftCommand } from "./df-drift.ts";
import { addInferCommand } from "./df-infer.ts";
import { addLoadCommands } from "./df-load.ts";
import { addMetadataCommands } from "./df-metadata.ts";
import { modelsCommand } from "./df-models.ts";
import { addPreviewCommand } from "./df-preview.ts";
import { rejectsCommand } from "./df-rejects.ts";
import { addSystemCommands } from "./df-system.ts";
import { openSqlSession } from "../providers/installed-providers.ts";
import { withConnection } from "./df-warehouse.ts";

/** `polyflow df …` */
export function dfCommand(host: CommandHost): Command {
  const df = group("df", "describe files, try descriptions, look at loaded data");
  does(
    host,
    withOutput(df.command("query <statement>").description("run an SQL statement and print its rows")).option(
      "--connection <connection_id>",
      "connection to run it on",
      "df",
    ),
    query,
  );
  addInferCommand(host, df);
  addPreviewCommand(host, df);
  addMetadataCommands(host, df);
  addLoadCommands(host, df);
  addSystemCommands(host, df);
  df.addCommand(rejectsCommand(host));
  df.addCommand(driftCommand(host));
  df.addCommand(modelsCommand(host));
  return df;
}

async function query(invocation: Invocation, statement = ""): Promise<number> {
  await withConnection(invocation, invocation.text("connection") ?? "df", async (connection) => {
    const rows = await runStatement(connection, statement);
    invocation.printRows(rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toCell(value)]))));
  });
  return EXIT.success;
}

async function runStatement(connection: Connection, statement: string): Promise<readonly { readonly [column: string]: unknown }[]> {
  const session = await openSqlSession(connection);
  try {
    return await session.query(statement);
  } catch (error) {
    throw statementFailed(connection, error);
  } finally {
    await session.close();
  }
}

/** An answer of PostgreSQL has a severity; without one there was no answer. */
function statementFailed(connection: Connection, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PolyflowError) return error;
  return "severity" in error
    ? new PolyflowError("request_invalid", `The statement failed: ${error.message}`, { cause: error })
    : new PolyflowError("database_unavailable", `Connection "${connection.connectionId}" broke: ${error.message}`, { cause: error });
}

function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return value.map(toCell);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toCell(item)]));
}
