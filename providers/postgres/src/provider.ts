import { PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import type { ClosableSqlSession, Provider, SessionOptions } from "@polyflow/sdk/runtime";
import { Client } from "pg";
import { columnTypes } from "./column-types.ts";
import { description } from "./description.ts";
import { extractRows } from "./extract-rows.ts";
import { readConnectionOptions } from "./connection-options.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { PostgresSession } from "./postgres-session.ts";
import { tlsSettings } from "./tls-settings.ts";

/** PostgreSQL cuts longer names, with a notice each time. */
const LONGEST_APPLICATION_NAME = 63;
const DEFAULT_PORT = 5_432;

/** Opens SQL sessions on PostgreSQL. Column values: int8, numeric, dates and instants are strings, so that nothing is rounded. */
export const provider = {
  name: "postgres",
  description,
  sqlConnectionTypes: ["postgres", "postgresql"],
  openSql,
  extract: (connection, request) => extractRows(() => connect(connection, readConnectionOptions(connection), {}), request),
  test: testConnection,
} satisfies Provider;

async function testConnection(connection: Connection): Promise<string> {
  const session = await openSql(connection);
  try {
    const [row] = await session.query("select version() as version, current_database() as database, current_user as login");
    return `${String(row?.["version"]).split(" on ")[0]}, database ${String(row?.["database"])}, as ${String(row?.["login"])}`;
  } finally {
    await session.close();
  }
}

/**
 * @throws PolyflowError `config_invalid` for options that are not possible, `database_unavailable` when the database cannot be reached
 *   or refuses the sign-in
 */
async function openSql(connection: Connection, session: SessionOptions = {}): Promise<ClosableSqlSession> {
  const options = readConnectionOptions(connection);
  const client = await connect(connection, options, session);
  try {
    await applySettings(client, options);
  } catch (error) {
    await client.end();
    throw isSettingRefused(error) ? settingRefused(connection, error) : cannotConnect(connection, error);
  }
  return new PostgresSession(client);
}

async function connect(connection: Connection, options: ConnectionOptions, session: SessionOptions): Promise<Client> {
  const { sslMode } = options;
  const isOptional = sslMode === "prefer" || sslMode === "allow";
  const ssl = isOptional && isLocal(connection.host) ? false : tlsSettings(options);
  const applicationName = (options.applicationName ?? session.applicationName ?? "polyflow").slice(0, LONGEST_APPLICATION_NAME);
  const open = async (tls: typeof ssl): Promise<Client> => {
    const client = new Client({
      host: connection.host ?? "localhost",
      port: connection.port ?? DEFAULT_PORT,
      user: connection.login ?? "postgres",
      password: connection.password ?? "",
      database: connection.schema ?? connection.login ?? "postgres",
      ssl: tls,
      connectionTimeoutMillis: options.connectTimeoutMs,
      keepAlive: true,
      application_name: applicationName,
      types: columnTypes,
    });
    // a connection that breaks between statements must not end the process; the next statement fails
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  try {
    return await open(ssl);
  } catch (error) {
    const serverHasNoTls = error instanceof Error && error.message.includes("does not support SSL");
    if (!isOptional || !serverHasNoTls) throw cannotConnect(connection, error);
    return open(false).catch((second: unknown) => {
      throw cannotConnect(connection, second);
    });
  }
}

/** All settings in one round trip; by `set_config`, so that a value can never become SQL. */
async function applySettings(client: Client, options: ConnectionOptions): Promise<void> {
  const names = [...options.sessionSettings.keys()];
  if (names.length > 0) {
    const values = [...options.sessionSettings.values()];
    await client.query("select set_config(name, value, false) from unnest($1::text[], $2::text[]) as setting(name, value)", [
      names,
      values,
    ]);
  }
  await endStatementsOfKilledTasks(client);
}

/**
 * Lets the server notice within seconds that the task is gone, instead of working on for nobody until the statement ends.
 * Not possible on servers before 14 and on some systems; then it stays as it was.
 */
async function endStatementsOfKilledTasks(client: Client): Promise<void> {
  const statement =
    "select set_config('client_connection_check_interval', '5s', false) where current_setting('server_version_num')::int >= 140000";
  try {
    await client.query(statement);
  } catch (error) {
    if (!isSettingRefused(error)) throw error;
  }
}

/** PostgreSQL's codes for a value that a setting cannot have, a setting that does not exist, and one that needs other rights. */
function isSettingRefused(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["22023", "42704", "42501"].includes(String(error.code));
}

function settingRefused(connection: Connection, error: unknown): PolyflowError {
  const message = `Connection "${connection.connectionId}" has an option in extra that PostgreSQL refuses: ${reasonOf(error)}. Correct it there.`;
  return new PolyflowError("config_invalid", message, { cause: error });
}

function isLocal(host: string | null): boolean {
  return host === null || host.startsWith("/") || host === "localhost" || host === "::1" || host.startsWith("127.");
}

function cannotConnect(connection: Connection, error: unknown): PolyflowError {
  const where = `${connection.host ?? "localhost"}:${connection.port ?? DEFAULT_PORT}/${connection.schema ?? connection.login ?? "postgres"}`;
  const why = reasonOf(error);
  return new PolyflowError(
    "database_unavailable",
    `Connection "${connection.connectionId}": cannot open a session on PostgreSQL at ${where} as "${connection.login ?? "postgres"}": ${why}. ` +
      "Check host, port, login, password, sslmode and whether the server is up.",
    { cause: error },
  );
}

/** Where a name has several addresses, Node's error has no text of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
