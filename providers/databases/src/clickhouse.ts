import type { ClickHouseClient, ClickHouseSettings } from "@clickhouse/client";
import { PolyflowError } from "@polyflow/contracts";
import type { Connection, SqlRow } from "@polyflow/sdk";
import { type ClosableSqlSession, connectionSettings, type ExtractDialect, wholeRecords } from "@polyflow/sdk/runtime";
import { connectError, statementError } from "./connect-error.ts";
import { databaseTls } from "./database-tls.ts";
import { CLICKHOUSE_TYPE } from "./description.ts";
import type { ReaderColumn, SqlDatabase, SqlReader } from "./extract-sql.ts";

export const CLICKHOUSE_DIALECT: ExtractDialect = {
  identifier: (name) => `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``,
  literal: (text) => (/^-?\d+(\.\d+)?$/.test(text) ? text : `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`),
  asText: (expression) => `toString(${expression})`,
};

/** How values are written: instants with their zone, nothing for NULL, numbers with all digits, NULL for the maximum of nothing. */
const SETTINGS: ClickHouseSettings = {
  session_timezone: "UTC",
  date_time_output_format: "iso",
  format_csv_null_representation: "",
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  aggregate_functions_null_for_empty: 1,
  wait_end_of_query: 0,
};

/** Types whose CSV is a notation of ClickHouse's own: JSON says the same. */
const NESTED = /^(Array|Map|Tuple|Nested|JSON|Object|Variant|Dynamic)\b/;

/** Opens ClickHouse over HTTP. Parameters are `{p1:Type}`, `{p2:Type}`, …; there are no transactions. */
export async function openClickhouse(connection: Connection): Promise<ClosableSqlSession> {
  const client = await connectClickhouse(connection);
  return {
    query: (statement, parameters = []) => runQuery(client, statement, parameters),
    transaction: () =>
      Promise.reject(
        new PolyflowError(
          "request_invalid",
          "ClickHouse has no transactions. Say `transaction: false`, so that each statement runs for itself.",
        ),
      ),
    close: () => client.close(),
  };
}

export function clickhouseDatabase(connection: Connection): SqlDatabase {
  return { name: "ClickHouse", dialect: CLICKHOUSE_DIALECT, open: async () => new ClickhouseReader(await connectClickhouse(connection)) };
}

export async function connectClickhouse(connection: Connection): Promise<ClickHouseClient> {
  const settings = connectionSettings(connection, CLICKHOUSE_TYPE);
  const tls = databaseTls(settings);
  const host = settings.text("host") ?? "localhost";
  const port = settings.number("port") ?? (tls === undefined ? 8123 : 8443);
  const { createClient } = await import("@clickhouse/client");
  const { Agent } = await import("node:https");
  const client = createClient({
    url: `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`,
    username: settings.text("login") ?? "default",
    password: settings.text("password") ?? "",
    database: settings.text("schema") ?? "default",
    application: "polyflow",
    request_timeout: (settings.number("timeout") ?? 300) * 1000,
    clickhouse_settings: SETTINGS,
    ...(tls === undefined ? {} : { http_agent: new Agent({ keepAlive: true, ...tls }) }),
  });
  const answer = await client.ping({ select: true });
  if (answer.success) return client;
  await client.close();
  throw connectError(connection, "ClickHouse", answer.error);
}

async function runQuery(client: ClickHouseClient, statement: string, parameters: readonly unknown[]): Promise<readonly SqlRow[]> {
  const query_params = Object.fromEntries(parameters.map((value, index) => [`p${index + 1}`, value]));
  try {
    if (!/^\s*(select|with|show|describe|desc|exists|explain)\b/i.test(statement)) {
      await client.command({ query: statement, query_params });
      return [];
    }
    const answer = await client.query({ query: statement, query_params, format: "JSONEachRow" });
    return await answer.json<SqlRow>();
  } catch (error) {
    throw statementError(error, statement);
  }
}

class ClickhouseReader implements SqlReader {
  readonly #client: ClickHouseClient;

  constructor(client: ClickHouseClient) {
    this.#client = client;
  }

  async firstRow(statement: string): Promise<readonly (string | null)[]> {
    try {
      const answer = await this.#client.query({ query: statement, format: "JSONCompactStringsEachRow" });
      const [row] = await answer.json<(string | null)[]>();
      return row ?? [];
    } catch (error) {
      throw statementError(error, statement);
    }
  }

  async columns(statement: string): Promise<readonly ReaderColumn[]> {
    const rows = await runQuery(this.#client, `describe (${statement})`, []);
    return rows.map((row) => {
      const name = String(row["name"]);
      const column = CLICKHOUSE_DIALECT.identifier(name);
      return { name, expression: NESTED.test(String(row["type"])) ? `toJSONString(${column}) as ${column}` : column };
    });
  }

  /** The server itself writes the CSV. */
  async *read(statement: string): AsyncGenerator<Uint8Array, void> {
    try {
      const { stream } = await this.#client.exec({ query: `${statement} format CSV` });
      yield* wholeRecords(stream);
    } catch (error) {
      throw statementError(error, statement);
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
