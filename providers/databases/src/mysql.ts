import type { Connection, SqlRow, SqlSession } from "@polyflow/sdk";
import { type ClosableSqlSession, connectionSettings, type ExtractDialect } from "@polyflow/sdk/runtime";
import type { Connection as MysqlConnection, FieldPacket, RowDataPacket, TypeCastField } from "mysql2";
import { connectError, statementError } from "./connect-error.ts";
import { csvRows, type TextRow } from "./csv-rows.ts";
import { databaseTls } from "./database-tls.ts";
import { MYSQL_TYPE } from "./description.ts";
import type { ReaderColumn, SqlDatabase, SqlReader } from "./extract-sql.ts";

export const MYSQL_DIALECT: ExtractDialect = {
  identifier: (name) => `\`${name.replaceAll("`", "``")}\``,
  // TIMESTAMP is read in UTC, where the server takes no zone in a text
  literal: (text) =>
    NUMBER.test(text)
      ? text
      : `'${text
          .replace(/(\d)\+00(:00)?$/, "$1")
          .replaceAll("\\", "\\\\")
          .replaceAll("'", "''")}'`,
  asText: (expression) => `cast(${expression} as char)`,
};

const NUMBER = /^-?\d+(\.\d+)?$/;
const PORT = 3306;
/** What the protocol calls texts that are bytes. */
const BINARY_CHARSET = 63;
/** Types of the protocol that hold texts or bytes: VARCHAR, the BLOBs, VAR_STRING, STRING. */
const TEXT_OR_BYTES: ReadonlySet<number> = new Set([15, 249, 250, 251, 252, 253, 254]);

/** Opens a session on MySQL or MariaDB. Values keep all digits: numbers beyond 2^53, decimals, dates and instants are texts. */
export async function openMysql(connection: Connection): Promise<ClosableSqlSession> {
  return new MysqlSession(await connect(connection));
}

export function mysqlDatabase(connection: Connection): SqlDatabase {
  return { name: "MySQL", dialect: MYSQL_DIALECT, open: async () => new MysqlReader(await connect(connection)) };
}

async function connect(connection: Connection): Promise<MysqlConnection> {
  const settings = connectionSettings(connection, MYSQL_TYPE);
  const tls = databaseTls(settings);
  const { createConnection } = await import("mysql2");
  const client = createConnection({
    host: settings.text("host") ?? "localhost",
    port: settings.number("port") ?? PORT,
    user: settings.text("login") ?? "root",
    password: settings.text("password") ?? "",
    database: settings.text("schema") ?? "",
    charset: "utf8mb4",
    timezone: "Z",
    connectTimeout: (settings.number("connect_timeout") ?? 10) * 1000,
    typeCast: exactText,
    ...(tls === undefined ? {} : { ssl: tls }),
  });
  // a connection that breaks between statements fails the next one
  client.on("error", () => undefined);
  try {
    await new Promise<void>((resolve, reject) => {
      client.connect((error) => (error === null ? resolve() : reject(error)));
    });
    await query(client, "set time_zone = '+00:00', names utf8mb4");
    return client;
  } catch (error) {
    client.destroy();
    throw connectError(connection, "MySQL", error);
  }
}

/** Every value as the text that the server sends; instants with their zone. */
function exactText(field: TypeCastField): string | null {
  if (field.type === "BIT") {
    const bytes = field.buffer();
    return bytes === null ? null : BigInt(`0x${bytes.toString("hex") || "0"}`).toString();
  }
  const text = field.string("utf8");
  return text !== null && field.type === "TIMESTAMP" ? `${text}+00` : text;
}

function query(
  client: MysqlConnection,
  statement: string,
  parameters: readonly unknown[] = [],
): Promise<{ readonly rows: unknown; readonly fields: readonly FieldPacket[] }> {
  return new Promise((resolve, reject) => {
    client.query<RowDataPacket[][]>({ sql: statement, values: [...parameters], rowsAsArray: true }, (error, rows, fields) =>
      error === null ? resolve({ rows, fields: fields ?? [] }) : reject(statementError(error, statement)),
    );
  });
}

function textRows(rows: unknown): readonly TextRow[] {
  return Array.isArray(rows) ? rows.filter((row): row is TextRow => Array.isArray(row)) : [];
}

class MysqlReader implements SqlReader {
  readonly #client: MysqlConnection;

  constructor(client: MysqlConnection) {
    this.#client = client;
  }

  async firstRow(statement: string): Promise<TextRow> {
    return textRows((await query(this.#client, statement)).rows)[0] ?? [];
  }

  async columns(statement: string): Promise<readonly ReaderColumn[]> {
    const { fields } = await query(this.#client, statement);
    return fields.map(({ name, characterSet, columnType }) => {
      const column = MYSQL_DIALECT.identifier(name);
      const isBytes = characterSet === BINARY_CHARSET && TEXT_OR_BYTES.has(columnType ?? 0);
      return { name, expression: isBytes ? `concat('\\\\x', lower(hex(${column}))) as ${column}` : column };
    });
  }

  read(statement: string): AsyncIterable<Uint8Array> {
    return csvRows(this.#rows(statement));
  }

  async *#rows(statement: string): AsyncGenerator<TextRow, void> {
    try {
      for await (const row of this.#client.query({ sql: statement, rowsAsArray: true }).stream({ highWaterMark: 2_000 })) yield row;
    } catch (error) {
      throw statementError(error, statement);
    }
  }

  close(): Promise<void> {
    // a stream that is read no further would keep an orderly end waiting
    this.#client.destroy();
    return Promise.resolve();
  }
}

class MysqlSession implements ClosableSqlSession {
  readonly #client: MysqlConnection;
  #depth = 0;

  constructor(client: MysqlConnection) {
    this.#client = client;
  }

  async query(statement: string, parameters: readonly unknown[] = []): Promise<readonly SqlRow[]> {
    const { rows, fields } = await query(this.#client, statement, parameters);
    return textRows(rows).map((row) => Object.fromEntries(fields.map(({ name }, index) => [name, row[index] ?? null])));
  }

  async transaction<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    const name = `polyflow_${this.#depth}`;
    const isOuter = this.#depth === 0;
    await this.query(isOuter ? "start transaction" : `savepoint ${name}`);
    this.#depth++;
    try {
      const result = await work(this);
      await this.query(isOuter ? "commit" : `release savepoint ${name}`);
      return result;
    } catch (error) {
      // where the connection is gone, the server has rolled back by itself
      await this.query(isOuter ? "rollback" : `rollback to savepoint ${name}`).catch(() => undefined);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#client.end(() => resolve());
    });
  }
}
