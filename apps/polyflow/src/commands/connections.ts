import {
  connectionJson,
  connectionUri,
  type ConnectionValues,
  emptyConnection,
  isPolyflowError,
  parseConnectionJson,
  parseConnectionUri,
  PolyflowError,
} from "@polyflow/contracts";
import type { ConnectionRecord } from "@polyflow/store";
import { type Command, Option } from "commander";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { type CommandHost, does, group, seconds, wholeNumber, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import type { Row } from "../cli/output.ts";
import { withStore } from "../database/database-access.ts";
import { connectionTypesOf } from "@polyflow/sdk/runtime";
import { nearest } from "../cli/nearest.ts";
import { installedProviders, providerOf } from "../providers/installed-providers.ts";
import { unknownConnection, withSecrets } from "../secrets/command-secrets.ts";
import { addConnectionFiles } from "./secrets-files.ts";

const DEFAULT_TEST_SECONDS = 30;

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
    withOutput(connections.command("get <connection_id>").description("show a connection"))
      .option("--show-password", "show the password in clear")
      .addOption(new Option("--as <form>", "the whole connection in Airflow's form; needs --show-password").choices(["uri", "json"])),
    async (invocation, connectionId = "") => {
      const connection = await existingConnection(invocation, connectionId);
      const form = invocation.text("as");
      if (form !== undefined) {
        printForm(invocation, connection, form);
        return EXIT.success;
      }
      invocation.printObject(connectionRow(connection, invocation.flag("showPassword") ? "clear" : "masked"));
      return EXIT.success;
    },
  );
  does(
    host,
    withOutput(connections.command("add <connection_id>").description("add a connection, from an address or from its parts"))
      .option("--uri <address>", "type://login:password@host:port/schema?setting=value, as Airflow writes it")
      .option("--json <object>", 'Airflow\'s JSON form: {"conn_type": "postgres", "host": "db"}; - reads it from the standard input')
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
  does(
    host,
    connections
      .command("test <connection_id>")
      .description("sign in to what a connection leads to, from this machine")
      .option("--timeout <seconds>", "give up after so long", seconds, DEFAULT_TEST_SECONDS),
    testConnection,
  );
  does(host, connections.command("delete <connection_id>").description("delete a connection"), async (invocation, connectionId = "") => {
    await withStore(invocation, async ({ secrets }) => {
      if (!(await secrets.deleteConnection(connectionId))) throw unknownConnection(connectionId, await secrets.listConnections());
    });
    return EXIT.success;
  });
  addConnectionFiles(host, connections);
  return connections;
}

async function addConnection(invocation: Invocation, connectionId = ""): Promise<number> {
  const given = await givenForm(invocation);
  const type = invocation.text("type") ?? given?.type;
  if (type === undefined)
    throw new PolyflowError(
      "request_invalid",
      "The connection's type is missing: give --type, or the whole connection with --uri or --json.",
    );
  const base = given ?? emptyConnection(type);
  const connection: ConnectionRecord = {
    connectionId,
    type,
    description: invocation.text("description") ?? base.description,
    host: invocation.text("host") ?? base.host,
    port: invocation.number("port") ?? base.port,
    login: invocation.text("login") ?? base.login,
    password: invocation.text("password") ?? base.password,
    schema: invocation.text("schema") ?? base.schema,
    extra: { ...base.extra, ...parseExtra(invocation.text("extra")) },
  };
  const overwrite = invocation.flag("overwrite");
  await withStore(invocation, (store) => store.secrets.saveConnection(connection, { overwrite })).catch((error: unknown) => {
    if (!isPolyflowError(error, "connection_exists")) throw error;
    throw new PolyflowError("connection_exists", `There is already a connection "${connectionId}". --overwrite replaces it.`, {
      cause: error,
    });
  });
  await warnOfUnknownType(invocation, type);
  invocation.printObject(connectionRow(connection, "masked"));
  return EXIT.success;
}

/** A provider of one's own may know it; what comes with Polyflow does not. */
async function warnOfUnknownType(invocation: Invocation, type: string): Promise<void> {
  const known = (await installedProviders()).flatMap(connectionTypesOf);
  if (known.includes(type)) return;
  const near = nearest(type, known);
  const suggestion = near.length === 0 ? "`polyflow providers connections` lists them." : `Did you mean ${near.join(", or ")}?`;
  invocation.note(`No installed provider knows the type "${type}". ${suggestion}`);
}

async function givenForm(invocation: Invocation): Promise<ConnectionValues | undefined> {
  const [uri, json] = [invocation.text("uri"), invocation.text("json")];
  if (uri !== undefined && json !== undefined) throw new PolyflowError("request_invalid", "Give --uri or --json, not both.");
  if (json !== undefined) return parseConnectionJson(json === "-" ? await text(process.stdin) : json);
  return uri === undefined ? undefined : parseConnectionUri(uri);
}

function printForm(invocation: Invocation, connection: ConnectionRecord, form: string): void {
  if (!invocation.flag("showPassword")) {
    throw new PolyflowError("request_invalid", `--as ${form} writes the password and all settings in clear; say --show-password too.`);
  }
  invocation.surroundings.writeOut(`${form === "uri" ? connectionUri(connection) : connectionJson(connection)}\n`);
}

/** Signs in from here, with the connection as it is stored: what is tested is what tasks get. */
async function testConnection(invocation: Invocation, connectionId = ""): Promise<number> {
  const connection = await existingConnection(invocation, connectionId);
  const provider = await providerOf(connection);
  const timeoutMs = (invocation.number("timeout") ?? DEFAULT_TEST_SECONDS) * 1000;
  const signal = AbortSignal.timeout(timeoutMs);
  const found = await Promise.race([provider.test(connection, signal), timedOut(connection, signal)]);
  invocation.surroundings.writeOut(`${found}\n`);
  return EXIT.success;
}

function timedOut(connection: ConnectionRecord, signal: AbortSignal): Promise<never> {
  const message = `Connection "${connection.connectionId}" (${connection.type}, ${connection.host ?? "no host"}) did not answer in time. Check host, port and network, or give more time with --timeout.`;
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new PolyflowError("external_system_failed", message)), { once: true });
  });
}

/** As tasks get it: of the environment or another place that goes before the database. */
async function existingConnection(invocation: Invocation, connectionId: string): Promise<ConnectionRecord> {
  return withSecrets(invocation, (secrets) => secrets.connection(connectionId));
}

function parseExtra(text: string | undefined): z.output<typeof extraSettings> {
  try {
    return extraSettings.parse(JSON.parse(text ?? "{}"));
  } catch (error) {
    throw new PolyflowError("request_invalid", `--extra has to be a JSON object; it is ${text}`, { cause: error });
  }
}
const extraSettings = z.record(z.string(), z.json());

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
