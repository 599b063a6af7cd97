import { PolyflowError } from "@polyflow/contracts";
import type { Connection, SqlRow, SqlSession } from "@polyflow/sdk";
import { type ClosableSqlSession, connectionSettings } from "@polyflow/sdk/runtime";
import type { Connection as TdsConnection, ConnectionConfiguration } from "tedious";
import { connectError, statementError } from "./connect-error.ts";
import { csvRows, type TextRow, valueText } from "./csv-rows.ts";
import { databaseTls } from "./database-tls.ts";
import { MSSQL_TYPE } from "./description.ts";
import type { ReaderColumn, SqlDatabase, SqlReader } from "./extract-sql.ts";
import { describeStatement, exactColumn, MSSQL_DIALECT } from "./mssql-columns.ts";

const PORT = 1433;
/** Rows that wait between the server and us. */
const HELD_ROWS = 2_000;

/** Opens a session on MS SQL Server. Parameters are `@p1`, `@p2`, …; int8 and dates are texts. */
export async function openMssql(connection: Connection): Promise<ClosableSqlSession> {
  return new MssqlSession(await connectMssql(connection));
}

export function mssqlDatabase(connection: Connection): SqlDatabase {
  return { name: "MS SQL Server", dialect: MSSQL_DIALECT, open: async () => new MssqlReader(await connectMssql(connection)) };
}

export async function connectMssql(connection: Connection): Promise<TdsConnection> {
  const settings = connectionSettings(connection, MSSQL_TYPE);
  const tls = databaseTls(settings);
  const domain = settings.text("domain");
  const instance = settings.text("instance");
  const user = { userName: settings.text("login") ?? "", password: settings.text("password") ?? "" };
  const { Connection: Tds } = await import("tedious");
  const configuration: ConnectionConfiguration = {
    server: settings.text("host") ?? "localhost",
    authentication: domain === undefined ? { type: "default", options: user } : { type: "ntlm", options: { ...user, domain } },
    options: {
      ...(instance === undefined ? { port: settings.number("port") ?? PORT } : { instanceName: instance }),
      database: settings.text("schema") ?? "master",
      connectTimeout: (settings.number("connect_timeout") ?? 10) * 1000,
      requestTimeout: 0,
      useUTC: true,
      appName: "polyflow",
      encrypt: tls !== undefined,
      trustServerCertificate: tls?.rejectUnauthorized === false,
      ...(tls?.ca === undefined ? {} : { cryptoCredentialsDetails: { ca: tls.ca } }),
    },
  };
  const client = new Tds(configuration);
  client.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    client.connect((error) => {
      if (error === undefined) return resolve(client);
      client.close();
      reject(connectError(connection, "MS SQL Server", error));
    });
  });
}

/** One statement; each row is handed over, and the connection paused while `isFull` says so. */
async function* stream(client: TdsConnection, statement: string, parameters: readonly unknown[] = []): AsyncGenerator<TextRow, void> {
  const { Request, TYPES } = await import("tedious");
  const rows: TextRow[] = [];
  let wake: () => void = () => undefined;
  const ending: { isDone: boolean; error?: Error } = { isDone: false };
  const request = new Request(statement, (error) => {
    ending.isDone = true;
    if (error !== null && error !== undefined) ending.error = error;
    wake();
  });
  parameters.forEach((value, index) =>
    request.addParameter(`p${index + 1}`, TYPES.NVarChar, value === null || value === undefined ? null : valueText(value)),
  );
  request.on("row", (columns: readonly { readonly value: unknown }[]) => {
    rows.push(columns.map(({ value }) => (value === null || value === undefined ? null : valueText(value))));
    if (rows.length >= HELD_ROWS) request.pause();
    wake();
  });
  client.execSql(request);
  for (;;) {
    const row = rows.shift();
    if (row !== undefined) {
      yield row;
      continue;
    }
    if (ending.error !== undefined) throw statementError(ending.error, statement);
    if (ending.isDone) return;
    request.resume();
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

class MssqlReader implements SqlReader {
  readonly #client: TdsConnection;

  constructor(client: TdsConnection) {
    this.#client = client;
  }

  async firstRow(statement: string): Promise<TextRow> {
    let first: TextRow | undefined;
    for await (const row of stream(this.#client, statement)) first ??= row;
    return first ?? [];
  }

  async columns(statement: string): Promise<readonly ReaderColumn[]> {
    const columns: ReaderColumn[] = [];
    for await (const [name, type, failure] of stream(this.#client, describeStatement(statement))) {
      if (failure !== null && failure !== undefined) throw statementError(new Error(failure), statement);
      columns.push(exactColumn(name ?? "", type ?? ""));
    }
    return columns;
  }

  read(statement: string): AsyncIterable<Uint8Array> {
    return csvRows(stream(this.#client, statement));
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }
}

class MssqlSession implements ClosableSqlSession {
  readonly #client: TdsConnection;
  #depth = 0;

  constructor(client: TdsConnection) {
    this.#client = client;
  }

  async query(statement: string, parameters: readonly unknown[] = []): Promise<readonly SqlRow[]> {
    const { Request, TYPES } = await import("tedious");
    return new Promise((resolve, reject) => {
      const rows: SqlRow[] = [];
      const request = new Request(statement, (error) =>
        error === null || error === undefined ? resolve(rows) : reject(statementError(error, statement)),
      );
      parameters.forEach((value, index) =>
        request.addParameter(`p${index + 1}`, TYPES.NVarChar, value === null || value === undefined ? null : valueText(value)),
      );
      request.on("row", (columns: readonly { readonly value: unknown; readonly metadata: { readonly colName: string } }[]) => {
        rows.push(
          Object.fromEntries(columns.map(({ value, metadata }) => [metadata.colName, value instanceof Date ? value.toISOString() : value])),
        );
      });
      this.#client.execSql(request);
    });
  }

  async transaction<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    const name = `polyflow_${this.#depth}`;
    const isOuter = this.#depth === 0;
    await this.#batch(isOuter ? "begin transaction" : `save transaction ${name}`);
    this.#depth++;
    try {
      const result = await work(this);
      if (isOuter)
        await this.#batch(
          "if @@trancount = 0 begin; throw 50000, 'the transaction had ended before its commit', 1; end; commit transaction",
        );
      return result;
    } catch (error) {
      // where the server has rolled back already, there is nothing to undo
      await this.#batch(isOuter ? "if @@trancount > 0 rollback transaction" : `rollback transaction ${name}`).catch(() => undefined);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  #batch(statement: string): Promise<void> {
    return runBatch(this.#client, statement);
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }
}

/** Statements that span a transaction must not run within the procedure that parameters need. */
export async function runBatch(client: TdsConnection, statement: string): Promise<void> {
  const { Request } = await import("tedious");
  await new Promise<void>((resolve, reject) => {
    client.execSqlBatch(
      new Request(statement, (error) =>
        error === null || error === undefined ? resolve() : reject(new PolyflowError("load_failed", error.message, { cause: error })),
      ),
    );
  });
}
