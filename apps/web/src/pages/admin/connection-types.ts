import { msgid } from "../../i18n/msgid.ts";

/** A setting of `extra` that the form shows as a field of its own. */
export interface ExtraField {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "secret" | "number" | "boolean" | "choice" | "multiline-secret";
  readonly choices?: readonly string[];
}

type StandardField = "host" | "port" | "schema" | "login" | "password";

/** What a kind of connection needs; standard fields that are not listed are not shown. */
export interface ConnectionType {
  readonly type: string;
  /** The product's own name; the same in every language. */
  readonly name: string;
  readonly fields: Readonly<Partial<Record<StandardField, string>>>;
  readonly port?: number;
  readonly extra: readonly ExtraField[];
}

const HOST = msgid("Host");
const PORT = msgid("Port");
const LOGIN = msgid("User name");
const PASSWORD = msgid("Password");
const DATABASE = msgid("Database");
const SERVER = { host: HOST, port: PORT, login: LOGIN, password: PASSWORD } as const;
const IN_DATABASE = { ...SERVER, schema: DATABASE } as const;
const TLS_CHOICES = ["disable", "prefer", "require", "verify-ca", "verify-full"];
const PRIVATE_KEY: ExtraField = { name: "private_key", label: msgid("Private key"), kind: "multiline-secret" };
const HOST_KEY: ExtraField = { name: "host_key", label: msgid("Host key"), kind: "text" };

export const CONNECTION_TYPES: readonly ConnectionType[] = [
  {
    type: "postgres",
    name: "PostgreSQL",
    fields: IN_DATABASE,
    port: 5432,
    extra: [{ name: "sslmode", label: msgid("TLS mode"), kind: "choice", choices: TLS_CHOICES }],
  },
  {
    type: "greenplum",
    name: "Greenplum",
    fields: IN_DATABASE,
    port: 5432,
    extra: [{ name: "sslmode", label: msgid("TLS mode"), kind: "choice", choices: TLS_CHOICES }],
  },
  {
    type: "mysql",
    name: "MySQL",
    fields: IN_DATABASE,
    port: 3306,
    extra: [{ name: "charset", label: msgid("Character set"), kind: "text" }],
  },
  {
    type: "mssql",
    name: "Microsoft SQL Server",
    fields: IN_DATABASE,
    port: 1433,
    extra: [
      { name: "encrypt", label: msgid("Encrypt the connection"), kind: "boolean" },
      { name: "trust_server_certificate", label: msgid("Trust the server's certificate unseen"), kind: "boolean" },
    ],
  },
  {
    type: "oracle",
    name: "Oracle",
    fields: SERVER,
    port: 1521,
    extra: [
      { name: "service_name", label: msgid("Service name"), kind: "text" },
      { name: "sid", label: "SID", kind: "text" },
    ],
  },
  {
    type: "clickhouse",
    name: "ClickHouse",
    fields: IN_DATABASE,
    port: 8123,
    extra: [{ name: "secure", label: msgid("Use TLS"), kind: "boolean" }],
  },
  {
    type: "mongo",
    name: "MongoDB",
    fields: IN_DATABASE,
    port: 27_017,
    extra: [{ name: "auth_source", label: msgid("Database of the user"), kind: "text" }],
  },
  { type: "redis", name: "Redis", fields: SERVER, port: 6379, extra: [{ name: "db", label: msgid("Database number"), kind: "number" }] },
  {
    type: "http",
    name: "HTTP",
    fields: { host: msgid("Address"), login: LOGIN, password: PASSWORD },
    extra: [{ name: "bearer_token", label: msgid("Bearer token"), kind: "secret" }],
  },
  { type: "ssh", name: "SSH", fields: SERVER, port: 22, extra: [PRIVATE_KEY, HOST_KEY] },
  { type: "sftp", name: "SFTP", fields: SERVER, port: 22, extra: [PRIVATE_KEY, HOST_KEY] },
  { type: "ftp", name: "FTP", fields: SERVER, port: 21, extra: [{ name: "secure", label: msgid("Use TLS"), kind: "boolean" }] },
  {
    type: "aws",
    name: "Amazon S3",
    fields: { login: msgid("Access key"), password: msgid("Secret access key") },
    extra: [
      { name: "endpoint_url", label: msgid("Address of the service"), kind: "text" },
      { name: "region_name", label: msgid("Region"), kind: "text" },
      { name: "bucket", label: msgid("Bucket"), kind: "text" },
    ],
  },
  {
    type: "smtp",
    name: "SMTP",
    fields: SERVER,
    port: 587,
    extra: [
      { name: "from_email", label: msgid("Sender"), kind: "text" },
      { name: "disable_tls", label: msgid("Without TLS"), kind: "boolean" },
    ],
  },
  {
    type: "kafka",
    name: "Apache Kafka",
    fields: { host: msgid("Brokers"), login: LOGIN, password: PASSWORD },
    extra: [{ name: "group_id", label: msgid("Consumer group"), kind: "text" }],
  },
  { type: "fs", name: msgid("Folder"), fields: {}, extra: [{ name: "path", label: msgid("Path"), kind: "text" }] },
];

/** A kind that nothing is known of shows all fields. */
export function connectionType(type: string): ConnectionType {
  return CONNECTION_TYPES.find((known) => known.type === type) ?? { type, name: type, fields: IN_DATABASE, extra: [] };
}
