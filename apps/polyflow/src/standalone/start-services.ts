import type { Clock } from "@polyflow/service-kit";
import type { Store } from "@polyflow/store";
import { fernetKeys } from "../database/database-access.ts";
import { writeServerFiles } from "../home/server-file.ts";
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
  const store = await openStore(context, database, rooms);
  const [dagProcessor, started] = await allDone([
    startDagProcessor(context, { store, rooms, projects }),
    startAround(context, { store, rooms, projects, database }),
  ]);
  // On a fresh database nothing is listed before the files have been read; later the DAGs are known from the last time.
  if (started.adminPassword !== undefined) await within(context.clock, LONGEST_FIRST_READING_MS, dagProcessor.whenIdle());
  await writeServerFiles(context.home, { url: started.url, pid: process.pid }, started.localToken);
  return started;
}

interface Parts {
  readonly store: Store;
  readonly rooms: Rooms;
  readonly projects: readonly Project[];
  readonly database: StartedDatabase;
}

/** Users, server, worker and scheduler: what does not wait for DAG files. */
async function startAround(context: StandaloneContext, parts: Parts): Promise<StartedServices & { readonly localToken: string }> {
  const { store, rooms, database } = parts;
  const { clock, home, services } = context;
  await store.identity.syncBuiltInRoles();
  if (database.embedded !== undefined)
    await saveWarehouseConnection(store, database.embedded.postgres, database.embedded.warehousePassword);
  const { hashPassword } = rooms.server;
  const adminPassword = await createAdministrator(home, store, hashPassword);
  const localToken = await openLocalSession(home, store, { clock, hashPassword });
  services.add("session of the command line", () => closeLocalSession(store, localToken));
  const { url } = await startServer(context, parts);
  await startScheduling(context, { ...parts, url });
  return { url, adminPassword, localToken };
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

function within(clock: Clock, timeMs: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(timeMs, resolve);
    work.then(resolve, reject).finally(cancel);
  });
}
