import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock } from "@polyflow/service-kit";
import type { Store } from "@polyflow/store";
import { fernetKeys } from "../database/database-access.ts";
import { CHECKOUT } from "../home/find-home.ts";
import { homeSecret } from "../home/secrets.ts";
import { writeServerFiles } from "../home/server-file.ts";
import { POLYFLOW_VERSION } from "../polyflow-version.ts";
import { closeLocalSession, createAdministrator, openLocalSession } from "./first-users.ts";
import type { Project } from "./projects.ts";
import type { StandaloneContext } from "./standalone-context.ts";
import { type StartedDatabase, startDatabase } from "./start-database.ts";
import { saveWarehouseConnection } from "./warehouse-connection.ts";

const SECOND_MS = 1000;
const LONGEST_NAME = 250;
const LONGEST_FIRST_READING_MS = 5000;

export interface StartedServices {
  readonly url: string;
  /** The administrator's password, when the user was made by this start. */
  readonly adminPassword: string | undefined;
}

/** Starts everything, each part when those it needs are ready; what runs is noted in `context.services`. */
export async function startServices(context: StandaloneContext, projects: readonly Project[]): Promise<StartedServices> {
  // Loading the modules takes as long as the database needs to start: both at once.
  const [database, rooms] = await Promise.all([startDatabase(context), loadRooms()]);
  const store = await openStore(context, database, rooms);
  await store.identity.syncBuiltInRoles();
  if (database.embedded !== undefined)
    await saveWarehouseConnection(store, database.embedded.postgres, database.embedded.warehousePassword);
  const { hashPassword } = rooms.server;
  const adminPassword = await createAdministrator(context.home, store, hashPassword);
  const token = await openLocalSession(context.home, store, { clock: context.clock, hashPassword });
  context.services.add("session of the command line", () => closeLocalSession(store, token));
  const { url } = await startServer(context, store, rooms);
  const processing = await startProcessing(context, { store, projects, rooms, url });
  // On a fresh database nothing is listed before the files have been read; later the DAGs are known from the last time.
  if (adminPassword !== undefined) await within(context.clock, LONGEST_FIRST_READING_MS, processing.whenFilesAreRead());
  await writeServerFiles(context.home, { url, pid: process.pid }, token);
  return { url, adminPassword };
}

type Rooms = Awaited<ReturnType<typeof loadRooms>>;

async function loadRooms() {
  const [storePostgres, server, scheduler, executorLocal, taskRunner, dagProcessor] = await Promise.all([
    import("@polyflow/store-postgres"),
    import("@polyflow/server"),
    import("@polyflow/scheduler"),
    import("@polyflow/executor-local"),
    import("@polyflow/task-runner"),
    import("@polyflow/dag-processor"),
  ]);
  return { storePostgres, server, scheduler, executorLocal, taskRunner, dagProcessor };
}

async function openStore(context: StandaloneContext, database: StartedDatabase, rooms: Rooms): Promise<Store> {
  const { configuration, clock, logger, services } = context;
  await rooms.storePostgres.migrate({ url: database.url, logger });
  const store = await rooms.storePostgres.createPostgresStore({
    url: database.url,
    fernetKeys: await fernetKeys(context.home, configuration),
    clock,
    logger: logger.child({ component: "store" }),
    poolSize: configuration.database.sql_alchemy_pool_size,
  });
  services.add("connections to the database", () => store.close());
  return store;
}

async function startServer(context: StandaloneContext, store: Store, rooms: Rooms): Promise<{ readonly url: string }> {
  const { home, configuration, clock, logger, services } = context;
  const { webserver, workers, logging } = configuration;
  const webRoot = join(CHECKOUT, "apps/web/dist");
  const server = await rooms.server.createServer({
    store,
    clock,
    logger: logger.child({ component: "server" }),
    host: webserver.host,
    port: webserver.port,
    version: POLYFLOW_VERSION,
    logDir: logging.base_log_folder === "" ? join(home.logDir, "tasks") : logging.base_log_folder,
    ...(existsSync(webRoot) ? { webRoot } : {}),
    signingKey: webserver.secret_key === "" ? await homeSecret(home, "session-secret") : webserver.secret_key,
    workerKey: await workerKey(context),
    timezone: configuration.core.default_timezone,
    sessionTtlMs: webserver.session_lifetime_minutes * 60 * SECOND_MS,
    basePath: webserver.base_path,
    cookieSecure: webserver.cookie_secure,
    trustProxy: webserver.trusted_proxies.length === 0 ? false : webserver.trusted_proxies,
    heartbeatIntervalMs: workers.heartbeat_seconds * SECOND_MS,
  });
  services.add("server", () => server.close());
  return server.listen();
}

interface ProcessingParts {
  readonly store: Store;
  readonly projects: readonly Project[];
  readonly rooms: Rooms;
  readonly url: string;
}

interface Processing {
  whenFilesAreRead(): Promise<void>;
}

async function startProcessing(context: StandaloneContext, parts: ProcessingParts): Promise<Processing> {
  const { configuration, clock, logger, services, forced } = context;
  const { store, rooms } = parts;
  const executor = rooms.executorLocal.createLocalExecutor({
    sink: rooms.taskRunner.createSupervisor(await supervisorOptions(context, parts)),
    logger: logger.child({ component: "executor" }),
  });
  const scheduler = rooms.scheduler.createScheduler({
    store,
    executor,
    clock,
    logger: logger.child({ component: "scheduler" }),
    holder: instanceName(context),
    options: {
      parallelism: configuration.core.parallelism,
      pollMs: configuration.scheduler.poll_seconds * SECOND_MS,
      leaseTtlMs: configuration.scheduler.lease_seconds * SECOND_MS,
      renewMs: (configuration.scheduler.lease_seconds * SECOND_MS) / 3,
      workerSilentMs: configuration.scheduler.worker_timeout_seconds * SECOND_MS,
    },
  });
  const dagProcessor = rooms.dagProcessor.createDagProcessor({
    projects: parts.projects,
    store: store.dags,
    clock,
    logger: logger.child({ component: "dag-processor" }),
    heartbeat: () => store.recordHeartbeat("dag_processor"),
    settings: {
      parseTimeoutMs: configuration.dag_processor.parse_timeout * SECOND_MS,
      memoryLimitMb: configuration.dag_processor.parse_memory_mb,
      parallelism: configuration.dag_processor.parse_processes,
      readableFolders: [join(CHECKOUT, "node_modules")],
    },
  });
  services.add("worker", async () => {
    const force = (): void => void executor.stop(0);
    forced.addEventListener("abort", force, { once: true });
    await executor.stop(forced.aborted ? 0 : configuration.workers.stop_grace_seconds * SECOND_MS);
    forced.removeEventListener("abort", force);
  });
  services.add("scheduler", () => scheduler.stop());
  services.add("DAG processor", () => dagProcessor.stop());
  // The scheduler hands out work at once, so the worker has to be there before it.
  await Promise.all([executor.start().then(() => scheduler.start()), dagProcessor.start()]);
  return { whenFilesAreRead: () => dagProcessor.whenIdle() };
}

async function supervisorOptions(
  context: StandaloneContext,
  parts: ProcessingParts,
): Promise<Parameters<Rooms["taskRunner"]["createSupervisor"]>[0]> {
  const { home, configuration, clock, logger, environment } = context;
  const { slots, warm_processes: warmProcesses } = configuration.workers;
  const { provider } = await import("@polyflow/provider-postgres");
  return {
    executionApiUrl: `${parts.url}/execution/v1`,
    workerKey: await workerKey(context),
    name: instanceName(context),
    hostname: hostname(),
    queues: ["default"],
    ...(slots === 0 ? {} : { slots }),
    warmProcesses,
    cacheDir: home.cacheDir,
    runDir: join(home.runDir, "worker"),
    projects: parts.projects,
    providers: [{ types: provider.sqlConnectionTypes, module: import.meta.resolve("@polyflow/provider-postgres") }],
    environment,
    clock,
    logger: logger.child({ component: "worker" }),
  };
}

function within(clock: Clock, timeMs: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(timeMs, resolve);
    work.then(resolve, reject).finally(cancel);
  });
}

/**
 * The same after a restart, and, thanks to the lock of the home, never held by two processes: so a new process takes over at once what a
 * killed one still holds, the scheduler's lead and the worker's session.
 */
function instanceName(context: StandaloneContext): string {
  return `${hostname()}:${context.home.dir}`.slice(-LONGEST_NAME);
}

async function workerKey(context: StandaloneContext): Promise<string> {
  const configured = context.configuration.workers.worker_key;
  return configured === "" ? homeSecret(context.home, "worker-key") : configured;
}
