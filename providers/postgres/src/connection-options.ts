import { PolyflowError } from "@polyflow/contracts";
import type { JsonValue } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";

export const SSL_MODES = ["disable", "allow", "prefer", "require", "no-verify", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Options of `extra` that become settings of the session, by their names in PostgreSQL. */
export const SESSION_SETTINGS = [
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "search_path",
  "timezone",
  "role",
] as const;

const KNOWN_OPTIONS: ReadonlySet<string> = new Set([
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "connect_timeout",
  "application_name",
  "system_schema", // of loads: where their tables are in the warehouse
  ...SESSION_SETTINGS,
]);

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/** What `extra` of a connection says. */
export interface ConnectionOptions {
  readonly sslMode: SslMode;
  /** PEM text, or the path of a file with it. */
  readonly sslRootCert: string | undefined;
  readonly sslCert: string | undefined;
  readonly sslKey: string | undefined;
  readonly connectTimeoutMs: number;
  readonly applicationName: string | undefined;
  /** Name in PostgreSQL → value. */
  readonly sessionSettings: ReadonlyMap<string, string>;
}

/**
 * Reads `extra`. Only known options are taken: a misspelt one must not silently mean "no verification", and a foreign one
 * must not reach the driver.
 * @throws PolyflowError `config_invalid` naming the option and what is possible
 */
export function readConnectionOptions(connection: Connection): ConnectionOptions {
  const { extra } = connection;
  const unknown = Object.keys(extra).find((name) => !KNOWN_OPTIONS.has(name));
  if (unknown !== undefined) {
    throw invalid(
      connection,
      `has the option "${unknown}" in extra, which PostgreSQL connections do not have; they have: ${[...KNOWN_OPTIONS].join(", ")}`,
    );
  }
  const text = (name: string): string | undefined => {
    const value: JsonValue | undefined = extra[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "string" || typeof value === "number") return String(value);
    throw invalid(connection, `has ${JSON.stringify(value)} as "${name}" in extra; write a text or a number`);
  };
  const settings = SESSION_SETTINGS.map((name) => [name, text(name)] as const).filter(
    (entry): entry is [(typeof entry)[0], string] => entry[1] !== undefined,
  );
  return {
    sslMode: readSslMode(connection, text("sslmode") ?? "prefer"),
    sslRootCert: text("sslrootcert"),
    sslCert: text("sslcert"),
    sslKey: text("sslkey"),
    connectTimeoutMs: readConnectTimeout(connection, text("connect_timeout")),
    applicationName: text("application_name"),
    sessionSettings: new Map(settings),
  };
}

function readSslMode(connection: Connection, given: string): SslMode {
  const mode = SSL_MODES.find((candidate) => candidate === given);
  if (mode !== undefined) return mode;
  throw invalid(connection, `has sslmode "${given}"; possible are ${SSL_MODES.join(", ")}`);
}

function readConnectTimeout(connection: Connection, given: string | undefined): number {
  if (given === undefined) return DEFAULT_CONNECT_TIMEOUT_MS;
  const seconds = Number(given);
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1_000;
  throw invalid(connection, `has connect_timeout "${given}"; write seconds, greater than 0`);
}

function invalid(connection: Connection, what: string): PolyflowError {
  return new PolyflowError("config_invalid", `Connection "${connection.connectionId}" ${what}.`);
}
