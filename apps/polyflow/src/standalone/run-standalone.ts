import { rm } from "node:fs/promises";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { POLYFLOW_VERSION } from "../polyflow-version.ts";
import { compileLater } from "../compiled/compile-later.ts";
import { ADMINISTRATOR } from "../commands/users.ts";
import type { Configuration } from "../config/options.ts";
import type { ShownOption } from "../config/shown-options.ts";
import { rememberActiveHome } from "../home/find-home.ts";
import { type HomeFolder, prepareHome } from "../home/home-folder.ts";
import { lockHome } from "../home/home-lock.ts";
import { openLog } from "../logging/open-log.ts";
import { isFirstPasswordKept } from "./first-users.ts";
import { chooseProjects } from "./projects.ts";
import { RunningServices } from "./running-services.ts";
import type { StandaloneContext } from "./standalone-context.ts";
import type { StartedServices } from "./start-services.ts";
import { stopRequest } from "./stop-request.ts";

export interface StandaloneSettings {
  readonly home: HomeFolder;
  readonly configuration: Configuration;
  /** The same for people's eyes. */
  readonly shownOptions: readonly ShownOption[];
}

/** Runs all of Polyflow in this process until somebody asks it to stop. @returns the exit code */
export async function runStandalone(invocation: Invocation, settings: StandaloneSettings): Promise<number> {
  const { surroundings } = invocation;
  const { home, configuration } = settings;
  const startedMs = surroundings.clock.monotonicMs();
  await prepareHome(home);
  const lock = await lockHome(home, "polyflow standalone");
  const log = openLog({ dir: home.logDir, level: configuration.logging.level, writeError: surroundings.writeError });
  const stop = stopRequest(surroundings.clock);
  const services = new RunningServices(log.logger);
  services.add("address file", async () => {
    for (const file of [home.serverFile, home.tokenFile]) await rm(file, { force: true });
  });
  const failed = firstUnexpectedError();
  let isClean = false;
  try {
    const context: StandaloneContext = {
      ...settings,
      environment: surroundings.environment,
      cwd: surroundings.cwd,
      clock: surroundings.clock,
      logger: log.logger,
      services,
      forced: stop.forced,
    };
    invocation.note(`Starting Polyflow on ${home.dir} …`);
    const started = await start(context);
    log.logger.info("started", { version: POLYFLOW_VERSION, url: started.url, pid: process.pid });
    await rememberActiveHome(surroundings.cwd, home.dir);
    await announce(invocation, { home, started, tookMs: surroundings.clock.monotonicMs() - startedMs });
    services.add("compiler", compileLater({ clock: surroundings.clock, logger: log.logger.child({ component: "compiler" }) }));
    const reason = await Promise.race([stop.requested, failed]);
    if (typeof reason !== "string") throw reason.error;
    log.logger.info("stopping", { reason });
    invocation.note(
      `Stopping (${reason}) … running tasks get ${configuration.workers.stop_grace_seconds} s; press Ctrl-C again not to wait.`,
    );
  } finally {
    isClean = await services.stopAll();
    stop.dispose();
    log.close();
    await lock.release();
  }
  if (isClean) invocation.note("Stopped.");
  return isClean ? EXIT.success : EXIT.failed;
}

async function start(context: StandaloneContext): Promise<StartedServices> {
  const { configuration, home, cwd } = context;
  const { projects: configured, load_examples: loadExamples } = configuration.core;
  const projects = await chooseProjects(home, { configured, loadExamples, cwd });
  const { startServices } = await import("./start-services.ts");
  return startServices(context, projects);
}

interface Announcement {
  readonly home: HomeFolder;
  readonly started: StartedServices;
  readonly tookMs: number;
}

async function announce(invocation: Invocation, { home, started, tookMs }: Announcement): Promise<void> {
  const lines = [`Polyflow is ready (${(tookMs / 1000).toFixed(1)} s).`, "", `  Address   ${started.url}`, `  User      ${ADMINISTRATOR}`];
  if (started.adminPassword !== undefined) {
    lines.push(`  Password  ${started.adminPassword}   (shown once; also in ${home.adminPasswordFile})`);
  } else if (await isFirstPasswordKept(home)) {
    lines.push(`  Password  see ${home.adminPasswordFile}`);
  } else {
    lines.push(`  Password  \`npx polyflow users reset-password ${ADMINISTRATOR}\` makes a new one`);
  }
  invocation.print(`\n${lines.join("\n")}\n\nCtrl-C stops it. Everything is kept in ${home.dir}.`);
}

/** An error that nobody caught leaves the process in an unknown state: it ends, but in order. */
function firstUnexpectedError(): Promise<{ readonly error: unknown }> {
  return new Promise((resolve) => {
    process.on("uncaughtException", (error) => resolve({ error }));
  });
}
