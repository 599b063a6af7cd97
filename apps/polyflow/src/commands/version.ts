import type { Command } from "commander";
import { type CommandHost, does, group, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import { lockHolder } from "../home/home-lock.ts";
import { readServerFile } from "../home/server-file.ts";
import { POLYFLOW_VERSION } from "../polyflow-version.ts";

/** `polyflow version` */
export function versionCommand(host: CommandHost): Command {
  return does(host, group("version", "print the version"), async (invocation) => {
    invocation.print(POLYFLOW_VERSION);
    return EXIT.success;
  });
}

/** `polyflow info` */
export function infoCommand(host: CommandHost): Command {
  return does(host, withOutput(group("info", "show what is needed to report a problem")), async (invocation) => {
    const home = invocation.home();
    const holder = await lockHolder(home);
    const server = holder === undefined ? undefined : await readServerFile(home);
    const { values, origins } = invocation.configuration();
    invocation.printObject({
      version: POLYFLOW_VERSION,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      home: home.dir,
      server: server?.url ?? "not running",
      process: holder?.process.pid ?? null,
      database: values.database.sql_alchemy_conn === "" ? "embedded PostgreSQL" : "external PostgreSQL",
      options_set: [...origins.keys()],
    });
    return EXIT.success;
  });
}
