import { access, constants } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Executor } from "@polyflow/executor";
import type { Store } from "@polyflow/store";
import type { Project } from "./projects.ts";
import type { Rooms } from "./rooms.ts";
import type { StartedServer } from "./start-server.ts";
import type { StandaloneContext } from "./standalone-context.ts";
import { CHECKOUT } from "../home/find-home.ts";
import { providerModules } from "../providers/installed-providers.ts";
import { workerKey } from "./worker-key.ts";

const SECOND_MS = 1000;
const LONGEST_NAME = 250;

export interface SchedulingParts {
  readonly store: Store;
  readonly projects: readonly Project[];
  readonly rooms: Rooms;
  readonly server: StartedServer;
}

/** Starts the worker, and then the scheduler, which hands out work at once. */
export async function startScheduling(context: StandaloneContext, parts: SchedulingParts): Promise<void> {
  const { clock, logger, services } = context;
  const { core, scheduler: settings } = context.configuration;
  const executor = parts.rooms.executorLocal.createLocalExecutor({
    sink: parts.rooms.taskRunner.createSupervisor(await supervisorOptions(context, parts)),
    logger: logger.child({ component: "executor" }),
  });
  services.add("worker", () => stopWorker(context, executor));
  await executor.start();
  const scheduler = parts.rooms.scheduler.createScheduler({
    store: parts.store,
    executor,
    clock,
    logger: logger.child({ component: "scheduler" }),
    holder: instanceName(context),
    options: {
      parallelism: core.parallelism,
      maxActiveTasksOver: core.max_active_tasks_over,
      maxMapLength: core.max_map_length,
      pollMs: settings.poll_seconds * SECOND_MS,
      leaseTtlMs: settings.lease_seconds * SECOND_MS,
      renewMs: (settings.lease_seconds * SECOND_MS) / 3,
      workerSilentMs: settings.worker_timeout_seconds * SECOND_MS,
    },
  });
  services.add("scheduler", () => scheduler.stop());
  await scheduler.start();
}

/** Running tasks may go on for a while, unless the user does not want to wait. */
async function stopWorker({ configuration, forced, logger }: StandaloneContext, executor: Executor): Promise<void> {
  const force = (): void => {
    executor.stop(0).catch((error: unknown) => logger.error("the worker did not stop at once", { error }));
  };
  forced.addEventListener("abort", force, { once: true });
  await executor.stop(forced.aborted ? 0 : configuration.workers.stop_grace_seconds * SECOND_MS);
  forced.removeEventListener("abort", force);
}

async function supervisorOptions(
  context: StandaloneContext,
  parts: SchedulingParts,
): Promise<Parameters<Rooms["taskRunner"]["createSupervisor"]>[0]> {
  const { home, configuration, clock, logger, environment } = context;
  const {
    slots,
    warm_processes: warmProcesses,
    callback_slots: callbackSlots,
    callback_poll_seconds: callbackPoll,
  } = configuration.workers;
  return {
    executionApiUrl: `${parts.server.url}/execution/v1`,
    callServer: parts.server.call,
    nearServer: parts.server.attempts,
    workerKey: await workerKey(context),
    name: instanceName(context),
    hostname: hostname(),
    queues: ["default"],
    ...(slots === 0 ? {} : { slots }),
    warmProcesses,
    callbackSlots,
    callbackPollMs: callbackPoll * SECOND_MS,
    maxWaits: configuration.triggerer.capacity,
    outputLimitBytes: configuration.xcom.max_value_kb * 1024,
    cacheDir: home.cacheDir,
    compiledDir: await compiledDir(home.cacheDir),
    runDir: join(home.runDir, "worker"),
    projects: parts.projects,
    providers: await providerModules(),
    environment,
    clock,
    logger: logger.child({ component: "worker" }),
  };
}

/** Beside the installation, so that all homes share it; in the home when that is not ours to write. */
async function compiledDir(cacheDir: string): Promise<string> {
  const modules = join(CHECKOUT, "node_modules");
  const isWritable = await access(modules, constants.W_OK).then(
    () => true,
    () => false,
  );
  return isWritable ? join(modules, ".cache", "polyflow", "task-process") : join(cacheDir, "task-process");
}

/**
 * The same after a restart, and, thanks to the lock of the home, never held by two processes: so a new process takes over at once what a
 * killed one still holds, the scheduler's lead and the worker's session.
 */
function instanceName(context: StandaloneContext): string {
  return `${hostname()}:${context.home.dir}`.slice(-LONGEST_NAME);
}
