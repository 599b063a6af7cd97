import { type ConnectionField, type ConnectionTypeDescription, type LocalText, type Provider } from "@polyflow/sdk/runtime";
import type { Command } from "commander";
import { type CommandHost, does, group, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import type { Row } from "../cli/output.ts";
import { installedProviders, providerOf } from "../providers/installed-providers.ts";

/** `polyflow providers …` */
export function providersCommand(host: CommandHost): Command {
  const providers = group("providers", "show what connections, operators and sensors there are");
  does(host, withOutput(providers.command("list").description("list the providers and what each brings")), listProviders);
  does(host, withOutput(providers.command("connections").description("list the types of connections, with an example of each")), listTypes);
  does(host, withOutput(providers.command("fields <type>").description("show the settings that a type of connection has")), listFields);
  return providers;
}

async function listProviders(invocation: Invocation): Promise<number> {
  const providers = await installedProviders();
  invocation.printRows(providers.map(providerRow));
  return EXIT.success;
}

async function listTypes(invocation: Invocation): Promise<number> {
  const providers = await installedProviders();
  invocation.printRows(
    providers.flatMap(({ description }) =>
      description.connectionTypes.map((type) => ({
        conn_type: type.type,
        title: type.title.en,
        for: type.uses.join(", "),
        example: type.example,
        provider: description.name,
      })),
    ),
  );
  return EXIT.success;
}

async function listFields(invocation: Invocation, type = ""): Promise<number> {
  const { description } = await providerOf({ connectionId: "", type });
  const found = description.connectionTypes.find((each) => each.type === type || each.aliases?.includes(type) === true);
  invocation.printRows((found?.fields ?? []).map((each) => fieldRow(each)));
  return EXIT.success;
}

function providerRow({ description }: Provider): Row {
  return {
    provider: description.name,
    title: description.title.en,
    connection_types: description.connectionTypes.map((each: ConnectionTypeDescription) => each.type),
    operators: description.operators.map((each) => each.name),
    sensors: description.sensors.map((each) => each.name),
  };
}

function fieldRow({ name, place, kind, label, help, secret, required, choices, default: standard }: ConnectionField): Row {
  return {
    name: place === "extra" ? `extra.${name}` : name,
    kind: choices === undefined ? kind : choices.join(" | "),
    label: english(label),
    required: required ?? false,
    secret: secret ?? false,
    default: standard ?? null,
    help: help === undefined ? null : english(help),
  };
}

function english(text: LocalText): string {
  return text.en;
}
