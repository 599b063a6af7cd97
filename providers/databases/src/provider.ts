import { BULK_CONNECTION_TYPES, PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import { type ClosableSqlSession, connectionTypesOf, type Provider } from "@polyflow/sdk/runtime";
import { description } from "./description.ts";
import { extractSql, type SqlDatabase } from "./extract-sql.ts";

/** MySQL and MariaDB, MS SQL Server, ClickHouse, Oracle, MongoDB; each client is imported when a connection of its type is opened. */
export const provider = {
  name: "databases",
  description,
  sqlConnectionTypes: connectionTypesOf({ description }).filter((type) => !["mongodb", "mongo"].includes(type)),
  openSql,
  openBulk: async (connection) => {
    const database = BULK_CONNECTION_TYPES[connection.type];
    if (database === "mssql") return (await import("./mssql-bulk.ts")).openMssqlBulk(connection);
    if (database === "clickhouse") return (await import("./clickhouse-bulk.ts")).openClickhouseBulk(connection);
    throw new PolyflowError(
      "config_invalid",
      `The connection "${connection.connectionId}" is of type ${connection.type}; flows load into postgres, mssql and clickhouse. Name another one with \`target: {connection: …}\`.`,
    );
  },
  extract: async (connection, request) => {
    if (isMongo(connection)) return (await import("./mongo.ts")).extractCollection(connection, request);
    return extractSql(await databaseOf(connection), request);
  },
  test: testConnection,
} satisfies Provider;

async function openSql(connection: Connection): Promise<ClosableSqlSession> {
  switch (connection.type) {
    case "mysql":
    case "mariadb":
      return (await import("./mysql.ts")).openMysql(connection);
    case "mssql":
    case "sqlserver":
      return (await import("./mssql.ts")).openMssql(connection);
    case "clickhouse":
      return (await import("./clickhouse.ts")).openClickhouse(connection);
    case "oracle":
      return (await import("./oracle.ts")).openOracle(connection);
    default:
      throw unknownType(connection);
  }
}

async function databaseOf(connection: Connection): Promise<SqlDatabase> {
  switch (connection.type) {
    case "mysql":
    case "mariadb":
      return (await import("./mysql.ts")).mysqlDatabase(connection);
    case "mssql":
    case "sqlserver":
      return (await import("./mssql.ts")).mssqlDatabase(connection);
    case "clickhouse":
      return (await import("./clickhouse.ts")).clickhouseDatabase(connection);
    case "oracle":
      return (await import("./oracle.ts")).oracleDatabase(connection);
    default:
      throw unknownType(connection);
  }
}

/** What each database says of itself. */
const VERSION: { readonly [type: string]: string } = {
  mysql: "select concat(version(), ', database ', coalesce(database(), '(none)')) as version",
  mssql: "select @@version as version",
  clickhouse: "select concat(version(), ', database ', currentDatabase()) as version",
  oracle: "select banner as version from v$version",
};

async function testConnection(connection: Connection): Promise<string> {
  const type = description.connectionTypes.find(
    (each) => each.type === connection.type || each.aliases?.includes(connection.type) === true,
  );
  if (type === undefined) throw unknownType(connection);
  if (isMongo(connection)) {
    const client = await (await import("./mongo.ts")).connectMongo(connection);
    try {
      const { version } = await client.db().command({ buildInfo: 1 });
      return `${type.title.en} ${String(version)}, database ${client.db().databaseName}`;
    } finally {
      await client.close();
    }
  }
  const session = await openSql(connection);
  try {
    const [row] = await session.query(VERSION[type.type] ?? "select 1 as version");
    const [version] = Object.values(row ?? {});
    return `${type.title.en}: ${String(version).split("\n")[0]}`;
  } finally {
    await session.close();
  }
}

function isMongo({ type }: Pick<Connection, "type">): boolean {
  return type === "mongodb" || type === "mongo";
}

function unknownType(connection: Connection): PolyflowError {
  return new PolyflowError(
    "config_invalid",
    `Connection "${connection.connectionId}" is of type "${connection.type}", which this provider does not know.`,
  );
}
