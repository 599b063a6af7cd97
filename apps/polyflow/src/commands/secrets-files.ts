import { writeFile } from "node:fs/promises";
import { connectionJson, connectionUri, isPolyflowError, PolyflowError } from "@polyflow/contracts";
import { type Command, Option } from "commander";
import { stringify } from "yaml";
import { type CommandHost, does } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { withStore } from "../database/database-access.ts";
import { connectionOf } from "../secrets/connection-of.ts";
import { formatOfFile, readSecretsFile, SECRETS_FORMATS, type SecretsFormat } from "../secrets/secrets-file.ts";

const ON_EXISTENCE = ["overwrite", "fail", "skip"] as const;

/** `connections import|export`, in Airflow's files. */
export function addConnectionFiles(host: CommandHost, connections: Command): void {
  does(
    host,
    withExistence(connections.command("import <file>").description("add the connections of a file: JSON, YAML or env")),
    importConnections,
  );
  does(
    host,
    withFormat(connections.command("export <file>").description("write all connections to a file, passwords in clear")),
    exportConnections,
  );
}

/** `variables import|export`, in Airflow's files. */
export function addVariableFiles(host: CommandHost, variables: Command): void {
  does(
    host,
    withExistence(variables.command("import <file>").description("set the variables of a file: JSON, YAML or env")),
    importVariables,
  );
  does(host, withFormat(variables.command("export <file>").description("write all variables to a file, in clear")), exportVariables);
}

function withExistence(command: Command): Command {
  return command.addOption(
    new Option("-a, --action-on-existing-key <action>", "what to do with those that exist already").choices(ON_EXISTENCE).default("fail"),
  );
}

function withFormat(command: Command): Command {
  return command.addOption(
    new Option("--format <format>", "form of the file; default: by the ending of its name").choices(SECRETS_FORMATS),
  );
}

async function importConnections(invocation: Invocation, file = ""): Promise<number> {
  const given = await readSecretsFile(file);
  // All are read before any is written: a mistake in the last one changes nothing.
  const connections = [...given].map(([connectionId, value]) => {
    try {
      return connectionOf(connectionId, value);
    } catch (error) {
      throw new PolyflowError(
        "request_invalid",
        `${file}: connection "${connectionId}" is neither an address nor an object of a connection.`,
        { cause: error },
      );
    }
  });
  const action = invocation.text("actionOnExistingKey");
  await withStore(invocation, async (store) => {
    const known = new Set((await store.secrets.listConnections()).map((connection) => connection.connectionId));
    const chosen = chosenOf(connections, { nameOf: (connection) => connection.connectionId, known, action, what: "connection" });
    for (const connection of chosen) await store.secrets.saveConnection(connection, { overwrite: true });
    invocation.note(`${chosen.length} of ${connections.length} connections were saved.`);
  });
  return EXIT.success;
}

async function exportConnections(invocation: Invocation, file = ""): Promise<number> {
  const format = formatOf(invocation, file);
  const connections = await withStore(invocation, (store) => store.secrets.listConnections());
  const entries = connections.map(
    (connection) =>
      [
        connection.connectionId,
        format === "env" ? connectionUri(connection) : (JSON.parse(connectionJson(connection)) as unknown),
      ] as const,
  );
  await writeSecrets(file, format, entries);
  invocation.note(`${entries.length} connections were written to ${file}, passwords in clear: keep it safe.`);
  return EXIT.success;
}

async function importVariables(invocation: Invocation, file = ""): Promise<number> {
  const given = [...(await readSecretsFile(file))].map(([key, value]) => ({
    key,
    value: typeof value === "string" ? value : JSON.stringify(value),
  }));
  const action = invocation.text("actionOnExistingKey");
  await withStore(invocation, async (store) => {
    const known = new Map((await store.secrets.listVariables()).map((variable) => [variable.key, variable.description]));
    const chosen = chosenOf(given, { nameOf: ({ key }) => key, known: new Set(known.keys()), action, what: "variable" });
    for (const { key, value } of chosen) await store.secrets.saveVariable({ key, value, description: known.get(key) ?? null });
    invocation.note(`${chosen.length} of ${given.length} variables were saved.`);
  });
  return EXIT.success;
}

async function exportVariables(invocation: Invocation, file = ""): Promise<number> {
  const format = formatOf(invocation, file);
  const variables = await withStore(invocation, (store) => store.secrets.listVariables());
  const entries = variables.map(({ key, value }) => [key, value] as const);
  await writeSecrets(file, format, entries);
  invocation.note(`${entries.length} variables were written to ${file} in clear: keep it safe.`);
  return EXIT.success;
}

interface Choice<Item> {
  readonly nameOf: (item: Item) => string;
  readonly known: ReadonlySet<string>;
  readonly action: string | undefined;
  readonly what: string;
}

/** @throws PolyflowError `request_invalid` when some exist and that was to fail: then nothing is saved */
function chosenOf<Item>(items: readonly Item[], { nameOf, known, action, what }: Choice<Item>): readonly Item[] {
  const taken = items.filter((item) => known.has(nameOf(item)));
  if (action === "skip") return items.filter((item) => !known.has(nameOf(item)));
  if (action === "fail" && taken.length > 0) {
    const names = taken.map(nameOf).join(", ");
    throw new PolyflowError(
      "request_invalid",
      `There is already a ${what} of these names: ${names}. Say --action-on-existing-key overwrite or skip.`,
    );
  }
  return items;
}

function formatOf(invocation: Invocation, file: string): SecretsFormat {
  const chosen = SECRETS_FORMATS.find((format) => format === invocation.text("format"));
  return chosen ?? formatOfFile(file);
}

async function writeSecrets(file: string, format: SecretsFormat, entries: readonly (readonly [string, unknown])[]): Promise<void> {
  const text = textOf(format, entries);
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (isPolyflowError(error)) throw error;
    throw new PolyflowError("request_invalid", `${file} cannot be written: ${String(error)}. It must not be there yet.`, { cause: error });
  }
}

function textOf(format: SecretsFormat, entries: readonly (readonly [string, unknown])[]): string {
  if (format === "json") return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
  if (format === "yaml") return stringify(Object.fromEntries(entries));
  return entries
    .map(([name, value]) => {
      const text = String(value);
      if (!/[\r\n]/.test(text)) return `${name}=${text}\n`;
      throw new PolyflowError("request_invalid", `"${name}" has several lines, which an env file cannot hold. Write JSON or YAML.`);
    })
    .join("");
}
