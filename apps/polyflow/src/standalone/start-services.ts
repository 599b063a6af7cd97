import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { Clock } from "@polyflow/service-kit";
import { SecretLookup, type Store, type XComStorage } from "@polyflow/store";
import { fernetKeys } from "../database/database-access.ts";
import { POLYFLOW_VERSION } from "../polyflow-version.ts";
import { type SecretSources, serverSecretSources } from "../secrets/secret-sources.ts";
import { allDone } from "./all-done.ts";
import { closeLocalSession, createAdministrator, openLocalSession } from "./first-users.ts";
import type { Project } from "./projects.ts";
import { loadRooms, type Rooms } from "./rooms.ts";
import type { StandaloneContext } from "./standalone-context.ts";
import { startDagProcessor } from "./start-dag-processor.ts";
import { type StartedDatabase, startDatabase } from "./start-database.ts";
import { startScheduling } from "./start-scheduling.ts";
import { startServer } from "./start-server.ts";
import { saveWarehouseConnection } from "./warehouse-connection.ts";

const LONGEST_FIRST_READING_MS = 5000;

export interface StartedServices {
  readonly url: string;
  /** The administrator's password, when the user was made by this start. */
  readonly adminPassword: string | undefined;
}

/** Starts everything, each part when those it needs are ready; what runs is noted in `context.services`. */
export async function startServices(context: StandaloneContext, projects: readonly Project[]): Promise<StartedServices> {
  // Loading the modules takes as long as the database needs to start: both at once.
  const [database, rooms] = await allDone([startDatabase(context), loadRooms()]);
  const secretSources = serverSecretSources(context.configuration, { environment: context.environment, homeDir: context.home.dir });
  const store = await openStore(context, { database, rooms, secretSources });
  const [dagProcessor, started] = await allDone([
    startDagProcessor(context, { store, rooms, projects }),
    startAround(context, { store, rooms, projects, database, secretSources }),
  ]);
  // On a fresh database nothing is listed before the files have been read; later the DAGs are known from the last time.
  if (started.adminPassword !== undefined) await within(context.clock, LONGEST_FIRST_READING_MS, dagProcessor.whenIdle());
  return started;
}

interface Parts {
  readonly store: Store;
  readonly rooms: Rooms;
  readonly projects: readonly Project[];
  readonly database: StartedDatabase;
  readonly secretSources: SecretSources;
}

/** Users, server, worker and scheduler: what does not wait for DAG files. */
async function startAround(context: StandaloneContext, parts: Parts): Promise<StartedServices> {
  const { store, rooms, database } = parts;
  const { clock, home, services } = context;
  await store.identity.syncBuiltInRoles();
  if (database.embedded !== undefined)
    await saveWarehouseConnection(store, database.embedded.postgres, database.embedded.warehousePassword);
  const { hashPassword } = rooms.server;
  const adminPassword = await createAdministrator(home, store, hashPassword);
  const localToken = await openLocalSession(home, store, { clock, hashPassword });
  services.add("session of the command line", () => closeLocalSession(store, localToken));
  const server = await startServer(context, { ...parts, localToken });
  await startLineage(context, parts);
  await startScheduling(context, { ...parts, server });
  return { url: server.url, adminPassword };
}

async function openStore(
  context: StandaloneContext,
  { database, rooms, secretSources }: Pick<Parts, "database" | "rooms" | "secretSources">,
): Promise<Store> {
  const { configuration, clock, logger, services } = context;
  await rooms.storePostgres.migrate({ url: database.url, logger });
  const { xcom } = configuration;
  // Asked for a connection only when a store is there.
  const xcomStorage = await openXComStorage(context, rooms, (connectionId) =>
    new SecretLookup({ ...secretSources, secrets: store.secrets }).connection(connectionId),
  );
  const store: Store = await rooms.storePostgres.createPostgresStore({
    url: database.url,
    xcomStorage,
    xcomMaxDatabaseBytes: xcom.max_in_database_kb * 1024,
    fernetKeys: await fernetKeys(context.home, configuration),
    clock,
    logger: logger.child({ component: "store" }),
    poolSize: configuration.database.sql_alchemy_pool_size,
  });
  services.add("connections to the database", () => store.close());
  return store;
}

async function openXComStorage(
  { configuration, home }: StandaloneContext,
  rooms: Rooms,
  getConnection: Store["secrets"]["getConnection"],
): Promise<XComStorage> {
  const { storage } = configuration.xcom;
  const { connectionXComStorage, storageConnection } = await import("../xcom/xcom-storage.ts");
  const named = storageConnection(storage);
  if (named === undefined) return rooms.storePostgres.fileXComStorage(storage === "" ? join(home.dir, "xcom") : storage);
  return connectionXComStorage(named, {
    async connection(connectionId) {
      const found = await getConnection(connectionId);
      if (found !== undefined) return found;
      throw new PolyflowError("connection_not_found", `There is no connection "${connectionId}", which [xcom] storage names.`);
    },
    async openFiles(connection) {
      const { providerOf } = await import("../providers/installed-providers.ts");
      const { openFiles } = await providerOf(connection);
      if (openFiles !== undefined) return openFiles(connection);
      throw new PolyflowError("config_invalid", `[xcom] storage names connection "${connection.connectionId}", which leads to no files.`);
    },
  });
}

/** Tells of starts and ends of tasks whoever gathers lineage, where that is configured. */
async function startLineage(
  { configuration, clock, logger, services }: StandaloneContext,
  { store, secretSources }: Pick<Parts, "store" | "secretSources">,
): Promise<void> {
  const { transport, namespace } = configuration.openlineage;
  if (transport === "") return store.lineage.setLineage(false);
  const { LineageEmitter, lineageTransport } = await import("../lineage/lineage-emitter.ts");
  const emitter = new LineageEmitter({
    store: store.lineage,
    transport: lineageTransport(transport),
    names: { namespace, producer: `urn:polyflow:${POLYFLOW_VERSION}` },
    connection: (connectionId) => new SecretLookup({ ...secretSources, secrets: store.secrets }).connection(connectionId),
    clock,
    logger: logger.child({ component: "lineage" }),
    random: Math.random,
  });
  services.add("lineage", () => emitter.stop());
  await emitter.start();
}

function within(clock: Clock, timeMs: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(timeMs, resolve);
    work.then(resolve, reject).finally(cancel);
  });
}
