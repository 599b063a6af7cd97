import { readFileSync } from "node:fs";
import { isJsonObject, PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import { type ConnectionSettings, connectionSettings, type HttpTls } from "@polyflow/sdk/runtime";
import { AUTH_KINDS, HTTP_TYPE } from "./description.ts";

/** What a connection says of a web service. */
export interface HttpEndpoint {
  readonly connectionId: string;
  /** Ends with `/`. */
  readonly base: URL;
  readonly auth: (typeof AUTH_KINDS)[number];
  readonly settings: ConnectionSettings;
  readonly headers: { readonly [name: string]: string };
  /** Hosts beside the base's that answers may lead to, without credentials. */
  readonly allowedHosts: readonly string[];
  readonly idleTimeoutMs: number;
  readonly tls: HttpTls;
}

/** @throws PolyflowError `config_invalid` */
export function httpEndpoint(connection: Connection): HttpEndpoint {
  const settings = connectionSettings(connection, HTTP_TYPE);
  const auth = AUTH_KINDS.find((kind) => kind === settings.text("auth")) ?? (settings.text("login") === undefined ? "none" : "basic");
  return {
    connectionId: connection.connectionId,
    base: baseOf(connection, settings),
    auth,
    settings,
    headers: headersOf(connection, settings.text("headers")),
    allowedHosts: (settings.text("allowed_hosts") ?? "")
      .split(",")
      .flatMap((host) => (host.trim() === "" ? [] : [host.trim().toLowerCase()])),
    idleTimeoutMs: (settings.number("timeout") ?? 60) * 1000,
    tls: {
      rejectUnauthorized: !settings.flag("insecure"),
      ...pem("ca", settings.text("ca")),
      ...pem("cert", settings.text("cert")),
      ...pem("key", settings.text("key")),
    },
  };
}

function baseOf(connection: Connection, settings: ConnectionSettings): URL {
  const host = settings.require("host");
  const url = URL.parse(host.includes("://") ? host : `${settings.text("schema") ?? "https"}://${host}`);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new PolyflowError(
      "config_invalid",
      `Connection "${connection.connectionId}" has a host that is no address of a web service; write api.example or https://api.example/path, and user and password in their own fields.`,
    );
  }
  if (connection.port !== null) url.port = String(connection.port);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.search = "";
  url.hash = "";
  return url;
}

function headersOf(connection: Connection, text: string | undefined): { readonly [name: string]: string } {
  if (text === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (isJsonObject(parsed))
    return Object.fromEntries(
      Object.entries(parsed).map(([name, value]) => [name.toLowerCase(), typeof value === "string" ? value : JSON.stringify(value)]),
    );
  throw new PolyflowError(
    "config_invalid",
    `Connection "${connection.connectionId}" has \`headers\` that are no JSON object; write {"X-Name": "value"}.`,
  );
}

function pem(name: "ca" | "cert" | "key", given: string | undefined): { readonly [name: string]: string } {
  if (given === undefined) return {};
  return { [name]: given.includes("-----BEGIN") ? given : readFileSync(given, "utf8") };
}
