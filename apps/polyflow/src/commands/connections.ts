import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import type { ConnectionRecord } from "@polyflow/store";
import type { Command } from "commander";
import { z } from "zod";
import { type CommandHost, does, group, wholeNumber, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { nearest } from "../cli/nearest.ts";
import type { Row } from "../cli/output.ts";
import { withStore } from "../database/database-access.ts";

/** `polyflow connections …` */
export function connectionsCommand(host: CommandHost): Command {
  const connections = group("connections", "list, add and delete connections to databases and other systems");
  does(host, withOutput(connections.command("list").description("list the connections, without passwords")), async (invocation) => {
    const found = await withStore(invocation, (store) => store.secrets.listConnections());
    invocation.printRows(found.map((connection) => connectionRow(connection, "masked")));
    return EXIT.success;
  });
  does(
    host,
    withOutput(connections.command("get <connection_id>").description("show a connection")).option(
      "--show-password",
      "show the password in clear",
    ),
    async (invocation, connectionId = "") => {
      const connection = await withStore(invocation, (store) => store.secrets.getConnection(connectionId));
      if (connection === undefined) throw await unknownConnection(invocation, connectionId);
      invocation.printObject(connectionRow(connection, invocation.flag("showPassword") ? "clear" : "masked"));
      return EXIT.success;
    },
  );
  does(
    host,
    withOutput(connections.command("add <connection_id>").description("add a connection, from an address or from its parts"))
      .option("--uri <address>", "type://login:password@host:port/schema")
      .option("--type <type>", "type, for example postgres")
      .option("--host <host>", "host")
      .option("--port <port>", "port", wholeNumber)
      .option("--login <name>", "user name")
      .option("--password <password>", "password")
      .option("--schema <name>", "database or schema")
      .option("--description <text>", "what it is for")
      .option("--extra <json>", "further settings, a JSON object")
      .option("--overwrite", "replace a connection of this id"),
    addConnection,
  );
  does(host, connections.command("delete <connection_id>").description("delete a connection"), async (invocation, connectionId = "") => {
    const isDeleted = await withStore(invocation, (store) => store.secrets.deleteConnection(connectionId));
    if (!isDeleted) throw await unknownConnection(invocation, connectionId);
    return EXIT.success;
  });
  return connections;
}

async function addConnection(invocation: Invocation, connectionId = ""): Promise<number> {
  const fromUri = parseUri(invocation.text("uri"));
  const type = invocation.text("type") ?? fromUri.type;
  if (type === undefined)
    throw new PolyflowError("request_invalid", "The connection's type is missing: give --type, or an address with --uri.");
  const connection: ConnectionRecord = {
    connectionId,
    type,
    description: invocation.text("description") ?? null,
    host: invocation.text("host") ?? fromUri.host,
    port: invocation.number("port") ?? fromUri.port,
    login: invocation.text("login") ?? fromUri.login,
    password: invocation.text("password") ?? fromUri.password,
    schema: invocation.text("schema") ?? fromUri.schema,
    extra: { ...fromUri.extra, ...parseExtra(invocation.text("extra")) },
  };
  const overwrite = invocation.flag("overwrite");
  await withStore(invocation, (store) => store.secrets.saveConnection(connection, { overwrite })).catch((error: unknown) => {
    if (!isPolyflowError(error, "connection_exists")) throw error;
    throw new PolyflowError("connection_exists", `There is already a connection "${connectionId}". --overwrite replaces it.`, {
      cause: error,
    });
  });
  invocation.printObject(connectionRow(connection, "masked"));
  return EXIT.success;
}

interface UriParts extends Pick<ConnectionRecord, "host" | "port" | "login" | "password" | "schema"> {
  readonly type: string | undefined;
  readonly extra: { readonly [name: string]: string };
}

/** Airflow's form of a connection: the scheme is the type, parameters are the extra settings. */
export function parseUri(uri: string | undefined): UriParts {
  if (uri === undefined) return { type: undefined, host: null, port: null, login: null, password: null, schema: null, extra: {} };
  // Of an unknown scheme, URL reads host and port only when it looks like one it knows.
  const scheme = /^([a-z][a-z0-9+_-]*):\/\//i.exec(uri)?.[1];
  const url = scheme === undefined ? null : URL.parse(`postgres://${uri.slice(scheme.length + 3)}`);
  if (scheme === undefined || url === null) {
    throw new PolyflowError(
      "request_invalid",
      "--uri has to look like type://login:password@host:port/schema, with special characters escaped as in addresses.",
    );
  }
  const part = (text: string): string | null => (text === "" ? null : decodeURIComponent(text));
  const type = scheme.toLowerCase().replaceAll("-", "_");
  return {
    type: type === "postgresql" ? "postgres" : type,
    host: part(url.hostname),
    port: url.port === "" ? null : Number(url.port),
    login: part(url.username),
    password: part(url.password),
    schema: part(url.pathname.replace(/^\//, "")),
    extra: Object.fromEntries(url.searchParams),
  };
}

function parseExtra(text: string | undefined): z.output<typeof extraSettings> {
  try {
    return extraSettings.parse(JSON.parse(text ?? "{}"));
  } catch (error) {
    throw new PolyflowError("request_invalid", `--extra has to be a JSON object; it is ${text}`, { cause: error });
  }
}
const extraSettings = z.record(z.string(), z.json());

async function unknownConnection(invocation: Invocation, connectionId: string): Promise<PolyflowError> {
  const all = await withStore(invocation, (store) => store.secrets.listConnections());
  const near = nearest(
    connectionId,
    all.map((connection) => connection.connectionId),
  );
  const suggestion = near.length === 0 ? "`polyflow connections list` shows those that exist." : `Did you mean ${near.join(", or ")}?`;
  return new PolyflowError("connection_not_found", `There is no connection "${connectionId}". ${suggestion}`);
}

function connectionRow(connection: ConnectionRecord, secrets: "masked" | "clear"): Row {
  const hide = <Value>(value: Value): Value | string => (secrets === "clear" || value === null ? value : "***");
  return {
    connection_id: connection.connectionId,
    conn_type: connection.type,
    host: connection.host,
    port: connection.port,
    login: connection.login,
    password: hide(connection.password),
    schema: connection.schema,
    extra: Object.keys(connection.extra).length === 0 ? null : hide(JSON.stringify(connection.extra)),
    description: connection.description,
  };
}
