import { type BulkSession, PolyflowError, type TextRecord } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import type { Connection as TdsConnection } from "tedious";
import { statementError } from "./connect-error.ts";
import { valueText } from "./csv-rows.ts";
import { connectMssql } from "./mssql.ts";

type Row = { readonly [column: string]: string | null };

/** What this session needs of the driver: nothing else of it is touched. */
export type TdsClient = Pick<TdsConnection, "execSqlBatch" | "execSql" | "newBulkLoad" | "execBulkLoad" | "close">;

/** Opens a session on MS SQL Server that flows load through. */
export async function openMssqlBulk(connection: Connection): Promise<BulkSession> {
  return mssqlBulk(await connectMssql(connection));
}

/** A session over an open connection of the driver. */
export function mssqlBulk(client: TdsClient): BulkSession {
  return {
    database: "mssql",
    execute: async (statement) => (await runStatement(client, statement, [])).touched,
    query: async (statement, parameters = []) => (await runStatement(client, statement, parameters)).rows,
    insert: (table, columns, records) => copyRecords(client, { table, columns, records }),
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}

/** Without parameters a statement is a batch of its own: within a procedure, temporary tables would end with it. */
async function runStatement(
  client: TdsClient,
  statement: string,
  parameters: readonly unknown[],
): Promise<{ readonly rows: readonly Row[]; readonly touched: number }> {
  const { Request, TYPES } = await import("tedious");
  return new Promise((resolve, reject) => {
    const rows: Row[] = [];
    const request = new Request(statement, (error, touched) =>
      error === null || error === undefined ? resolve({ rows, touched: touched ?? 0 }) : reject(refused(error, statement)),
    );
    request.on("row", (columns: readonly { readonly value: unknown; readonly metadata: { readonly colName: string } }[]) => {
      rows.push(
        Object.fromEntries(
          columns.map(({ value, metadata }) => [metadata.colName, value === null || value === undefined ? null : valueText(value)]),
        ),
      );
    });
    parameters.forEach((value, index) =>
      request.addParameter(`p${index + 1}`, TYPES.NVarChar, value === null || value === undefined ? null : valueText(value)),
    );
    if (parameters.length === 0) client.execSqlBatch(request);
    else client.execSql(request);
  });
}

/** The driver's bulk copy: texts, so that no decimal and no instant goes through a number of JavaScript. */
async function copyRecords(
  client: TdsClient,
  of: { readonly table: string; readonly columns: readonly string[]; readonly records: AsyncIterable<TextRecord> },
): Promise<number> {
  const { TYPES } = await import("tedious");
  const source: { failure?: unknown } = {};
  const copied = await new Promise<number>((resolve, reject) => {
    const bulk = client.newBulkLoad(of.table, (error, rows) =>
      error === null || error === undefined ? resolve(rows ?? 0) : reject(source.failure ?? refused(error, `bulk copy into ${of.table}`)),
    );
    for (const [index, column] of of.columns.entries()) {
      // the first says which record of the file it is
      bulk.addColumn(column, TYPES.NVarChar, index === 0 ? { length: 20, nullable: false } : { length: Infinity, nullable: true });
    }
    client.execBulkLoad(bulk, mutableRecords(of.records, source));
  });
  if (source.failure !== undefined) throw source.failure;
  return copied;
}

/** What the source throws is told as it was, not as the driver's abort. */
async function* mutableRecords(records: AsyncIterable<TextRecord>, source: { failure?: unknown }): AsyncGenerator<(string | null)[], void> {
  try {
    for await (const record of records) yield [...record];
  } catch (error) {
    source.failure = error;
    throw error;
  }
}

const LOST: ReadonlySet<string> = new Set(["ESOCKET", "ECLOSE", "ETIMEOUT", "EINVALIDSTATE"]);

/** @returns errors of connections as they are: their code says so; what the server answered as its refusal */
function refused(error: Error, statement: string): Error {
  if ("code" in error && typeof error.code === "string" && LOST.has(error.code))
    return new PolyflowError("database_unavailable", `The connection to MS SQL Server broke: ${error.message}`, { cause: error });
  return new PolyflowError("load_failed", `MS SQL Server refused the load: ${statementError(error, statement).message}`, { cause: error });
}
