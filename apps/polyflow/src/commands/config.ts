import type { Command } from "commander";
import { type CommandHost, does, group, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { unknownOption } from "../config/load-configuration.ts";
import { type Configuration, findOption, listOptions, type RegisteredOption } from "../config/options.ts";

/** `polyflow config …` */
export function configCommand(host: CommandHost): Command {
  const config = group("config", "show the configuration");
  does(host, config.command("get-value <section> <key>").description("print one value, secrets included"), getValue);
  does(host, withOutput(config.command("list").description("list all options, their values and where they were set")), listValues);
  return config;
}

async function getValue(invocation: Invocation, section = "", key = ""): Promise<number> {
  const entry = findOption(section, key);
  if (entry === undefined) throw unknownOption(section, key);
  invocation.print(shown(valueOf(entry, invocation.configuration().values)));
  return EXIT.success;
}

async function listValues(invocation: Invocation): Promise<number> {
  const { values, origins } = invocation.configuration();
  invocation.printRows(
    listOptions().map((entry) => {
      const text = shown(valueOf(entry, values));
      return {
        section: entry.section,
        key: entry.key,
        value: entry.option.secret && text !== "" ? "***" : text,
        source: origins.get(`${entry.section}.${entry.key}`) ?? "default",
      };
    }),
  );
  return EXIT.success;
}

function valueOf({ section, key }: RegisteredOption, values: Configuration): unknown {
  const sections: { readonly [section: string]: { readonly [key: string]: unknown } } = values;
  return sections[section]?.[key];
}

function shown(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return Array.isArray(value) ? value.join(", ") : String(value);
}
