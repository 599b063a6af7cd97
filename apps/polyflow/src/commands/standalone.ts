import type { Command } from "commander";
import { type CommandHost, collect, does, group, wholeNumber } from "../cli/command-options.ts";
import type { Invocation } from "../cli/invocation.ts";
import { loadConfiguration, type SetValue } from "../config/load-configuration.ts";
import { shownOptions } from "../config/shown-options.ts";
import { findHomeToStart } from "../home/find-home.ts";
import { homeFolder } from "../home/home-folder.ts";
import { runStandalone } from "../standalone/run-standalone.ts";

/** `polyflow standalone` */
export function standaloneCommand(host: CommandHost): Command {
  return does(
    host,
    group("standalone", "run all of Polyflow on this machine, with a PostgreSQL of its own unless a database is named")
      .option("-p, --port <port>", "port of the interface and the API; 0 for any free one (default: 8080)", wholeNumber)
      .option("--host <address>", "address to listen on (default: 127.0.0.1)")
      .option("--project <folder>", "folder of a project, or name=folder; may be repeated (default: projects/main in the home)", collect)
      .option("--no-examples", "leave out the example project")
      .option(
        "--database-url <url>",
        "metadata database: postgresql://user:password@host:port/database (default: the embedded PostgreSQL)",
      ),
    async (invocation) => {
      const home = homeFolder(findHomeToStart(invocation.homeRequest));
      const { environment } = invocation.surroundings;
      const loaded = loadConfiguration({ home: home.dir, environment, flags: flagsOf(invocation) });
      return runStandalone(invocation, { home, configuration: loaded.values, shownOptions: shownOptions(loaded) });
    },
  );
}

function flagsOf(invocation: Invocation): ReadonlyMap<string, SetValue> {
  const flags = new Map<string, SetValue>();
  const set = (name: string, text: string | undefined, origin: string): void => {
    if (text !== undefined) flags.set(name, { text, origin });
  };
  set("webserver.port", invocation.number("port")?.toString(), "--port");
  set("webserver.host", invocation.text("host"), "--host");
  set("database.sql_alchemy_conn", invocation.text("databaseUrl"), "--database-url");
  const projects = invocation.texts("project");
  if (projects.length > 0) set("core.projects", projects.join("\n"), "--project");
  if (invocation.isOff("examples")) set("core.load_examples", "False", "--no-examples");
  return flags;
}
