import { existsSync } from "node:fs";
import { PolyflowError } from "@polyflow/contracts";
import { createEmbeddedPostgres, type EmbeddedPostgres } from "@polyflow/embedded-postgres";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { Store } from "@polyflow/store";
import type { Invocation } from "../cli/invocation.ts";
import type { Configuration } from "../config/options.ts";
import { type HomeFolder, prepareHome } from "../home/home-folder.ts";
import { lockHolder, lockHome } from "../home/home-lock.ts";
import { homeSecret } from "../home/secrets.ts";

/** Name of the metadata database in the embedded PostgreSQL. */
export const METADATA_DATABASE = "polyflow";

/** The embedded PostgreSQL of a home folder, as it is configured. */
export function embeddedPostgres(
  home: HomeFolder,
  configuration: Configuration,
  tools: { readonly logger: Logger; readonly clock: Clock },
): EmbeddedPostgres {
  const { embedded_port: port, embedded_bin_dir: binDir } = configuration.database;
  return createEmbeddedPostgres({
    dir: home.postgresDir,
    ...(port === 0 ? {} : { port }),
    ...(binDir === "" ? {} : { binDir }),
    ...tools,
  });
}

/** The keys that secrets are encrypted with: configured, or made in the home folder. */
export async function fernetKeys(home: HomeFolder, configuration: Configuration): Promise<readonly string[]> {
  const configured = configuration.core.fernet_key;
  const keys = configured === "" ? await homeSecret(home, "fernet-key") : configured;
  return keys.split(",").map((key) => key.trim());
}

/**
 * Runs `work` with the address of the metadata database. The embedded one is used where it runs, and started for the time of `work`
 * where it does not; meanwhile nobody else can start on this home.
 */
export async function withDatabaseUrl<Result>(invocation: Invocation, work: (url: string) => Promise<Result>): Promise<Result> {
  const configuration = invocation.configuration().values;
  if (configuration.database.sql_alchemy_conn !== "") return work(configuration.database.sql_alchemy_conn);
  const home = invocation.home();
  // A mistyped --home must not become a folder with a new, empty database in it.
  if (!existsSync(home.postgresDir)) throw noDatabaseYet(home);
  await prepareHome(home);
  const postgres = embeddedPostgres(home, configuration, { logger: invocation.logger(), clock: invocation.surroundings.clock });
  if ((await lockHolder(home)) !== undefined) {
    await postgres.start();
    return work(postgres.connectionUrl(METADATA_DATABASE));
  }
  const lock = await lockHome(home, "a polyflow command");
  try {
    await postgres.start();
    await requireMetadataDatabase(home, postgres);
    return await work(postgres.connectionUrl(METADATA_DATABASE));
  } finally {
    await postgres.stop();
    await lock.release();
  }
}

/** Runs `work` with the metadata database opened. */
export async function withStore<Result>(invocation: Invocation, work: (store: Store) => Promise<Result>): Promise<Result> {
  return withDatabaseUrl(invocation, async (url) => {
    const { createPostgresStore } = await import("@polyflow/store-postgres");
    const { clock } = invocation.surroundings;
    const keys = await fernetKeys(invocation.home(), invocation.configuration().values);
    const store = await createPostgresStore({ url, fernetKeys: keys, clock, logger: invocation.logger() });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  });
}

async function requireMetadataDatabase(home: HomeFolder, postgres: EmbeddedPostgres): Promise<void> {
  const { listDatabases } = await import("./cluster-databases.ts");
  if ((await listDatabases(postgres)).includes(METADATA_DATABASE)) return;
  throw noDatabaseYet(home);
}

function noDatabaseYet(home: HomeFolder): PolyflowError {
  return new PolyflowError(
    "database_unavailable",
    `There is no database in "${home.dir}" yet. \`npm start\` makes it; another folder is named with --home.`,
  );
}
