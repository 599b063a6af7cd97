import { Command, CommanderError, InvalidArgumentError } from "commander";
import { describeError, EXIT, exitCodeOf } from "./exit-codes.ts";
import type { CommandHost } from "./command-options.ts";
import type { Surroundings } from "./invocation.ts";
import { POLYFLOW_VERSION } from "../polyflow-version.ts";

/** Each group of commands is loaded when it is called; only `--help` loads them all. */
const GROUPS: { readonly [name: string]: (host: CommandHost) => Promise<Command> } = {
  standalone: async (host) => (await import("../commands/standalone.ts")).standaloneCommand(host),
  dags: async (host) => (await import("../commands/dags.ts")).dagsCommand(host),
  tasks: async (host) => (await import("../commands/tasks.ts")).tasksCommand(host),
  assets: async (host) => (await import("../commands/assets.ts")).assetsCommand(host),
  backfill: async (host) => (await import("../commands/backfill.ts")).backfillCommand(host),
  callbacks: async (host) => (await import("../commands/callbacks.ts")).callbacksCommand(host),
  "dead-letter": async (host) => (await import("../commands/dead-letter.ts")).deadLetterCommand(host),
  deadlines: async (host) => (await import("../commands/deadlines.ts")).deadlinesCommand(host),
  df: async (host) => (await import("../commands/df.ts")).dfCommand(host),
  users: async (host) => (await import("../commands/users.ts")).usersCommand(host),
  connections: async (host) => (await import("../commands/connections.ts")).connectionsCommand(host),
  providers: async (host) => (await import("../commands/providers.ts")).providersCommand(host),
  pools: async (host) => (await import("../commands/pools.ts")).poolsCommand(host),
  variables: async (host) => (await import("../commands/variables.ts")).variablesCommand(host),
  "rotate-fernet-key": async (host) => (await import("../commands/rotate-fernet-key.ts")).rotateFernetKeyCommand(host),
  config: async (host) => (await import("../commands/config.ts")).configCommand(host),
  db: async (host) => (await import("../commands/db.ts")).dbCommand(host),
  info: async (host) => (await import("../commands/version.ts")).infoCommand(host),
  version: async (host) => (await import("../commands/version.ts")).versionCommand(host),
};

const VERSION_OPTIONS: readonly string[] = ["-V", "--version"];

/**
 * Runs one call of the command line.
 * @param args without the program's name
 * @returns the exit code; nothing is thrown.
 */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const host: CommandHost = { surroundings, exitCode: EXIT.success };
  try {
    const program = await createProgram(host, args);
    await program.parseAsync([...args], { from: "user" });
    return host.exitCode;
  } catch (error) {
    // Thrown by a command itself; what the parser refuses was written by it.
    if (error instanceof InvalidArgumentError) surroundings.writeError(`error: ${error.message}\n(--help shows how to use it)\n`);
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.usage;
    surroundings.writeError(`${describeError(error)}\n`);
    return exitCodeOf(error);
  }
}

async function createProgram(host: CommandHost, args: readonly string[]): Promise<Command> {
  const called = args.find((arg, index) => Object.hasOwn(GROUPS, arg) && args[index - 1] !== "--home");
  const isVersionWanted = args.some((arg) => VERSION_OPTIONS.includes(arg));
  const loaders = called !== undefined ? [GROUPS[called]] : isVersionWanted ? [] : Object.values(GROUPS);
  const program = new Command("polyflow")
    .description("Collects, checks and transforms data, and runs and watches the processes that do it.")
    .option("--home <dir>", "folder that holds all of Polyflow's files (POLYFLOW_HOME)")
    .version(POLYFLOW_VERSION, VERSION_OPTIONS.join(", "), "print the version")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", "\nExit codes: 0 success, 1 failed, 2 wrong usage, 3 not found, 4 not reachable, 124 timeout. See docs/cli.md.");
  for (const load of loaders) if (load !== undefined) program.addCommand(await load(host));
  configure(program, host.surroundings);
  return program;
}

function configure(command: Command, surroundings: Surroundings): void {
  command
    .exitOverride()
    .configureOutput({ writeOut: (text) => surroundings.writeOut(text), writeErr: (text) => surroundings.writeError(text) })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(--help shows how to use it)");
  for (const child of command.commands) configure(child, surroundings);
}
