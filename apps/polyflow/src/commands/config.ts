import type { Command } from "commander";
import { type CommandHost, does, group, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { unknownOption } from "../config/load-configuration.ts";
import { findOption } from "../config/options.ts";
import { shownOptions, shownValue } from "../config/shown-options.ts";

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
  invocation.print(shownValue(entry, invocation.configuration().values));
  return EXIT.success;
}

async function listValues(invocation: Invocation): Promise<number> {
  invocation.printRows(
    shownOptions(invocation.configuration()).map(({ section, key, value, source }) => ({ section, key, value, source })),
  );
  return EXIT.success;
}
