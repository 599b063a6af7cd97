import { type ConnectionField, extra, field, type ProviderDescription } from "@polyflow/sdk/runtime";
import { SESSION_SETTINGS, SSL_MODES } from "./connection-options.ts";

const FIELDS: readonly ConnectionField[] = [
  field("host", { en: "Host", ru: "Сервер" }, { default: "localhost" }),
  field("port", { en: "Port", ru: "Порт" }, { default: "5432" }),
  field("schema", { en: "Database", ru: "База данных" }),
  field("login", { en: "User", ru: "Пользователь" }, { default: "postgres" }),
  field("password", { en: "Password", ru: "Пароль" }),
  extra(
    "sslmode",
    { en: "TLS", ru: "TLS" },
    {
      kind: "choice",
      choices: SSL_MODES,
      default: "prefer",
      help: { en: "`require` checks certificate and name.", ru: "`require` проверяет сертификат и имя сервера." },
    },
  ),
  extra("sslrootcert", { en: "Root certificates (PEM or file)", ru: "Корневые сертификаты (PEM или файл)" }, { kind: "multiline" }),
  extra("sslcert", { en: "Client certificate (PEM or file)", ru: "Сертификат клиента (PEM или файл)" }, { kind: "multiline" }),
  extra("sslkey", { en: "Client key (PEM or file)", ru: "Ключ клиента (PEM или файл)" }, { kind: "multiline", secret: true }),
  extra("connect_timeout", { en: "Time to connect, s", ru: "Время на соединение, с" }, { kind: "number", default: "10" }),
  extra("system_schema", {
    en: "Schema of Polyflow's system tables (for a warehouse)",
    ru: "Схема системных таблиц Polyflow (для хранилища)",
  }),
  extra("application_name", { en: "Application name", ru: "Имя приложения" }),
  ...SESSION_SETTINGS.map((name) => extra(name, { en: `Setting ${name}`, ru: `Параметр ${name}` })),
];

/** What the PostgreSQL provider brings. */
export const description: ProviderDescription = {
  name: "postgres",
  title: { en: "PostgreSQL and its kin", ru: "PostgreSQL и родственные СУБД" },
  connectionTypes: [
    {
      type: "postgres",
      aliases: ["postgresql"],
      title: { en: "PostgreSQL, Greenplum, Postgres Pro", ru: "PostgreSQL, Greenplum, Postgres Pro" },
      uses: ["sql", "extract"],
      fields: FIELDS,
      defaultPort: 5432,
      example: "postgres://user@db.example:5432/warehouse?sslmode=verify-full",
    },
  ],
  operators: [],
  sensors: [],
};
