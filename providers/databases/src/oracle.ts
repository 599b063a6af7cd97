import type { Connection, SqlRow, SqlSession } from "@polyflow/sdk";
import { type ClosableSqlSession, connectionSettings } from "@polyflow/sdk/runtime";
import { connectError, statementError } from "./connect-error.ts";
import { csvRows, type TextRow, valueText } from "./csv-rows.ts";
import { ORACLE_TYPE } from "./description.ts";
import type { ReaderColumn, SqlDatabase, SqlReader } from "./extract-sql.ts";
import { exactOracleColumn, ORACLE_DIALECT, ORACLE_SESSION } from "./oracle-columns.ts";
import { loadOracle, type OracleConnection, type OracleRows } from "./oracle-driver.ts";

const PORT = 1521;
const FETCHED_ROWS = 2_000;

/** Opens a session on Oracle (the driver's thin mode: no client software). Parameters are `:1`, `:2`, …; numbers and times are texts. */
export async function openOracle(connection: Connection): Promise<ClosableSqlSession> {
  return new OracleSession(await connect(connection));
}

export function oracleDatabase(connection: Connection): SqlDatabase {
  return { name: "Oracle", dialect: ORACLE_DIALECT, open: async () => new OracleReader(await connect(connection)) };
}

async function connect(connection: Connection): Promise<OracleConnection> {
  const settings = connectionSettings(connection, ORACLE_TYPE);
  const oracle = await loadOracle();
  const place = `${settings.text("host") ?? "localhost"}:${settings.number("port") ?? PORT}/${settings.text("schema") ?? ""}`;
  const seconds = settings.number("connect_timeout") ?? 10;
  try {
    const client = await oracle.getConnection({
      user: settings.text("login") ?? "",
      password: settings.text("password") ?? "",
      connectString: settings.text("dsn") ?? `${place}?transport_connect_timeout=${seconds}`,
    });
    for (const statement of ORACLE_SESSION) await client.execute(statement);
    return client;
  } catch (error) {
    throw connectError(connection, "Oracle", error);
  }
}

class OracleReader implements SqlReader {
  readonly #client: OracleConnection;

  constructor(client: OracleConnection) {
    this.#client = client;
  }

  async firstRow(statement: string): Promise<TextRow> {
    for await (const row of this.#rows(statement)) return row;
    return [];
  }

  async columns(statement: string): Promise<readonly ReaderColumn[]> {
    try {
      const { metaData = [] } = await this.#client.execute(statement);
      return metaData.map(({ name, dbTypeName = "" }) => exactOracleColumn(name, dbTypeName.replaceAll(" ", "_")));
    } catch (error) {
      throw statementError(error, statement);
    }
  }

  read(statement: string): AsyncIterable<Uint8Array> {
    return csvRows(this.#rows(statement));
  }

  async *#rows(statement: string): AsyncGenerator<TextRow, void> {
    const oracle = await loadOracle();
    try {
      const options = {
        resultSet: true,
        outFormat: oracle.OUT_FORMAT_ARRAY,
        fetchArraySize: FETCHED_ROWS,
        fetchTypeHandler: oracle.asText,
      };
      const { resultSet } = await this.#client.execute(statement, [], options);
      if (resultSet === undefined) return;
      yield* fetched(resultSet);
    } catch (error) {
      throw statementError(error, statement);
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

async function* fetched(result: OracleRows): AsyncGenerator<TextRow, void> {
  try {
    for (let rows = await result.getRows(FETCHED_ROWS); rows.length > 0; rows = await result.getRows(FETCHED_ROWS)) {
      yield* rows.map((row) => row.map((value) => (value === null || value === undefined ? null : valueText(value))));
    }
  } finally {
    await result.close();
  }
}

class OracleSession implements ClosableSqlSession {
  readonly #client: OracleConnection;
  #depth = 0;

  constructor(client: OracleConnection) {
    this.#client = client;
  }

  async query(statement: string, parameters: readonly unknown[] = []): Promise<readonly SqlRow[]> {
    const oracle = await loadOracle();
    const options = { outFormat: oracle.OUT_FORMAT_OBJECT, autoCommit: this.#depth === 0, fetchTypeHandler: oracle.asText };
    try {
      const { rows = [] } = await this.#client.execute(statement, [...parameters], options);
      return rows;
    } catch (error) {
      throw statementError(error, statement);
    }
  }

  async transaction<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    const name = `polyflow_${this.#depth}`;
    const isOuter = this.#depth === 0;
    if (!isOuter) await this.query(`savepoint ${name}`);
    this.#depth++;
    try {
      const result = await work(this);
      if (isOuter) await this.#client.commit();
      return result;
    } catch (error) {
      await (isOuter ? this.#client.rollback() : this.query(`rollback to savepoint ${name}`)).catch(() => undefined);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
