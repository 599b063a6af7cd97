import { existsSync } from "node:fs";
import { join } from "node:path";
import { readInterfaceColors } from "@polyflow/contracts";
import { SecretLookup, type Store } from "@polyflow/store";
import { CHECKOUT } from "../home/find-home.ts";
import { homeSecret } from "../home/secrets.ts";
import { connectionDesk } from "../connections/connection-desk.ts";
import { writeServerFiles } from "../home/server-file.ts";
import type { SecretSources } from "../secrets/secret-sources.ts";
import { POLYFLOW_VERSION } from "../polyflow-version.ts";
import { installationFacts } from "./installation.ts";
import { lazyData } from "../data/lazy-data.ts";
import type { Project } from "./projects.ts";
import type { Rooms } from "./rooms.ts";
import type { StandaloneContext } from "./standalone-context.ts";
import { startCodeEditor } from "./start-code-editor.ts";
import { workerKey } from "./worker-key.ts";

const SECOND_MS = 1000;
const LAYOUT_IDLE_MS = 120_000;
const LAYOUT_CHILDREN = 2;

export interface ServerParts {
  readonly store: Store;
  readonly rooms: Rooms;
  readonly projects: readonly Project[];
  readonly secretSources: SecretSources;
  /** Of the command line. */
  readonly localToken: string;
}

export interface StartedServer {
  /** Where it answers. */
  readonly url: string;
  /** How this process calls it. */
  readonly call: Awaited<ReturnType<Rooms["server"]["createServer"]>>["call"];
  /** The same for what every attempt calls. */
  readonly attempts: Awaited<ReturnType<Rooms["server"]["createServer"]>>["attempts"];
}

/** Starts the server: API, interface and Execution API. @returns where it answers */
export async function startServer(context: StandaloneContext, parts: ServerParts): Promise<StartedServer> {
  const { store, rooms, projects, localToken } = parts;
  const { home, configuration, clock, logger, services } = context;
  const { webserver, workers, logging, scheduler } = configuration;
  const webRoot = join(CHECKOUT, "apps/web/dist");
  const codeEditor = await startCodeEditor(context, rooms, projects);
  const { backends, systemSchema } = parts.secretSources;
  const uploads = uploadSettings(context);
  const data = lazyData({
    projects,
    secrets: new SecretLookup({ backends, systemSchema, secrets: store.secrets }),
    clock,
    logger: logger.child({ component: "layout" }),
    uploadDir: uploads.dir,
    scratchFolder: join(home.dir, "cache", "layout"),
    codeFolders: ["node_modules", "packages", "providers", "apps"].map((folder) => join(CHECKOUT, folder)),
    layoutLimits: {
      answerWithinMs: webserver.layout_seconds * SECOND_MS,
      memoryMb: webserver.layout_memory_mb,
      idleMs: LAYOUT_IDLE_MS,
      children: LAYOUT_CHILDREN,
    },
  });
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
    colors: readInterfaceColors(Object.fromEntries(webserver.colors.map((color) => color.split("=")))),
    sessionTtlMs: webserver.session_lifetime_minutes * 60 * SECOND_MS,
    basePath: webserver.base_path,
    cookieSecure: webserver.cookie_secure,
    trustProxy: webserver.trusted_proxies.length === 0 ? false : webserver.trusted_proxies,
    heartbeatIntervalMs: workers.heartbeat_seconds * SECOND_MS,
    ...(codeEditor === undefined ? {} : { codeEditor }),
    translationsFolder: webserver.translations_folder === "" ? join(home.dir, "translations") : webserver.translations_folder,
    uploads,
    data: data.data,
    dataDecisions: data.dataDecisions,
    layouts: data.layouts,
    installation: installationFacts(configuration, context.shownOptions),
    connections: connectionDesk({ timeoutMs: webserver.connection_test_seconds * SECOND_MS, clock }),
    backfillMaxDates: scheduler.backfill_max_dates,
    systemSchema,
    secretBackends: backends,
    parallelism: configuration.core.parallelism,
    maxActiveTasksOver: configuration.core.max_active_tasks_over,
  });
  services.add("server", () => server.close());
  // ends before the server, which waits for its answers
  services.add("data", () => data.stop());
  const { url } = await server.listen((address) => writeServerFiles(home, { url: address, pid: process.pid }, localToken));
  return { url, call: (call) => server.call(call), attempts: server.attempts };
}

const MEGABYTE = 1_000_000;

function uploadSettings({ configuration, home }: StandaloneContext) {
  const { upload_folder: folder, upload_extensions: extensions, ...limits } = configuration.webserver;
  return {
    dir: folder === "" ? join(home.dir, "data") : folder,
    maxBytes: limits.upload_max_mb * MEGABYTE,
    maxTotalBytes: limits.upload_total_mb * MEGABYTE,
    keepDays: limits.upload_keep_days,
    extensions: extensions.includes("*") ? [] : extensions.map((extension) => extension.toLowerCase()),
  };
}
