import { readFileSync } from "node:fs";
import { PolyflowError } from "@polyflow/contracts";
import type { JsonValue } from "@polyflow/contracts";
import type { LoadRequest } from "@polyflow/loader";
import type { Connection } from "@polyflow/sdk";

type ClientSettings = Exclude<LoadRequest["target"]["client"], string>;

const TYPES: readonly string[] = ["postgres", "postgresql"];
const DEFAULT_PORT = 5432;
const CONNECT_TIMEOUT_MS = 10_000;
/** Options of `extra` that become settings of the session. */
const SESSION_SETTINGS = ["search_path", "role", "lock_timeout"];

/**
 * Settings of the driver for the connection that a flow names.
 * @throws PolyflowError `config_invalid` for a connection that is not PostgreSQL, or an option that means nothing
 */
export function warehouseClient(connection: Connection): ClientSettings {
  if (!TYPES.includes(connection.type)) {
    throw new PolyflowError(
      "config_invalid",
      `The connection "${connection.connectionId}" is of type ${connection.type}; flows load into ${TYPES.join(" or ")}. Name another one with \`target: {connection: …}\`.`,
    );
  }
  const { extra } = connection;
  const options = SESSION_SETTINGS.flatMap((name) => {
    const value = textOf(extra[name]);
    return value === undefined ? [] : [`-c ${name}=${value.replaceAll(/[\\ ]/g, "\\$&")}`];
  });
  return {
    host: connection.host ?? "localhost",
    port: connection.port ?? DEFAULT_PORT,
    user: connection.login ?? "postgres",
    password: connection.password ?? "",
    database: connection.schema ?? connection.login ?? "postgres",
    ssl: tlsOf(connection),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    ...(options.length === 0 ? {} : { options: options.join(" ") }),
  };
}

/** As the PostgreSQL provider reads `sslmode`: `require` and `verify-full` check certificate and name. */
function tlsOf(connection: Connection): NonNullable<ClientSettings["ssl"]> {
  const { extra } = connection;
  const mode = textOf(extra["sslmode"]) ?? "prefer";
  const certificates = {
    ...pem("ca", textOf(extra["sslrootcert"])),
    ...pem("cert", textOf(extra["sslcert"])),
    ...pem("key", textOf(extra["sslkey"])),
  };
  switch (mode) {
    case "disable":
    case "allow":
    case "prefer":
      return false;
    case "no-verify":
      return { ...certificates, rejectUnauthorized: false };
    case "verify-ca":
      return { ...certificates, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case "require":
    case "verify-full":
      return { ...certificates, rejectUnauthorized: true };
    default:
      throw new PolyflowError(
        "config_invalid",
        `Connection "${connection.connectionId}" has sslmode "${mode}"; write disable, require, verify-ca or verify-full.`,
      );
  }
}

function pem(name: "ca" | "cert" | "key", given: string | undefined): { readonly [name: string]: string } {
  if (given === undefined) return {};
  return { [name]: given.includes("-----BEGIN") ? given : readFileSync(given, "utf8") };
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
