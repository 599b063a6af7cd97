import { type ConnectionField, type ConnectionTypeDescription, extra, field, type ProviderDescription } from "@polyflow/sdk/runtime";
import { TLS_FIELDS } from "./database-tls.ts";

const LOGIN = field("login", { en: "User", ru: "Пользователь" });
const PASSWORD = field("password", { en: "Password", ru: "Пароль" });
const DATABASE = field("schema", { en: "Database", ru: "База данных" });
const TIMEOUT = extra("connect_timeout", { en: "Time to connect, s", ru: "Время на соединение, с" }, { kind: "number", default: "10" });

function place(port: number): readonly ConnectionField[] {
  return [
    field("host", { en: "Host", ru: "Сервер" }, { default: "localhost" }),
    field("port", { en: "Port", ru: "Порт" }, { default: String(port) }),
    LOGIN,
    PASSWORD,
  ];
}

export const MYSQL_TYPE: ConnectionTypeDescription = {
  type: "mysql",
  aliases: ["mariadb"],
  title: { en: "MySQL, MariaDB", ru: "MySQL, MariaDB" },
  uses: ["sql", "extract"],
  defaultPort: 3306,
  fields: [...place(3306), DATABASE, TIMEOUT, ...TLS_FIELDS],
  example: "mysql://user@db.example:3306/shop",
};

export const MSSQL_TYPE: ConnectionTypeDescription = {
  type: "mssql",
  aliases: ["sqlserver"],
  title: { en: "MS SQL Server", ru: "MS SQL Server" },
  uses: ["sql", "extract"],
  defaultPort: 1433,
  fields: [
    ...place(1433),
    DATABASE,
    extra("domain", { en: "Windows domain (NTLM)", ru: "Домен Windows (NTLM)" }),
    extra("instance", { en: "Named instance", ru: "Именованный экземпляр" }),
    TIMEOUT,
    ...TLS_FIELDS,
  ],
  example: "mssql://user@db.example:1433/erp",
};

export const CLICKHOUSE_TYPE: ConnectionTypeDescription = {
  type: "clickhouse",
  title: { en: "ClickHouse", ru: "ClickHouse" },
  uses: ["sql", "extract"],
  defaultPort: 8443,
  fields: [
    ...place(8443),
    DATABASE,
    extra("timeout", { en: "Time without an answer, s", ru: "Ожидание ответа, с" }, { kind: "number", default: "300" }),
    ...TLS_FIELDS,
  ],
  example: "clickhouse://user@ch.example:8443/dwh",
};

export const ORACLE_TYPE: ConnectionTypeDescription = {
  type: "oracle",
  title: { en: "Oracle Database", ru: "Oracle Database" },
  uses: ["sql", "extract"],
  defaultPort: 1521,
  fields: [
    ...place(1521),
    field("schema", { en: "Service name", ru: "Имя сервиса" }),
    extra("dsn", { en: "Whole connect string", ru: "Строка соединения целиком" }, { kind: "multiline" }),
    TIMEOUT,
  ],
  example: "oracle://user@db.example:1521/ORCLPDB1",
};

export const MONGODB_TYPE: ConnectionTypeDescription = {
  type: "mongodb",
  aliases: ["mongo"],
  title: { en: "MongoDB", ru: "MongoDB" },
  uses: ["extract"],
  defaultPort: 27017,
  fields: [
    ...place(27017),
    { ...DATABASE, required: true },
    extra("auth_source", { en: "Database of the users", ru: "База пользователей" }, { default: "admin" }),
    extra("replica_set", { en: "Replica set", ru: "Набор реплик" }),
    extra("srv", { en: "Address by DNS (mongodb+srv)", ru: "Адрес из DNS (mongodb+srv)" }, { kind: "boolean", default: "false" }),
    TIMEOUT,
    ...TLS_FIELDS,
  ],
  example: "mongodb://user@mongo.example:27017/shop?replica_set=rs0",
};

/** What the provider of databases brings. */
export const description: ProviderDescription = {
  name: "databases",
  title: { en: "MySQL, MS SQL Server, ClickHouse, Oracle, MongoDB", ru: "MySQL, MS SQL Server, ClickHouse, Oracle, MongoDB" },
  connectionTypes: [MYSQL_TYPE, MSSQL_TYPE, CLICKHOUSE_TYPE, ORACLE_TYPE, MONGODB_TYPE],
  operators: [],
  sensors: [],
};
