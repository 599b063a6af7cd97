import type { EmbeddedPostgres } from "@polyflow/embedded-postgres";
import { createDatabases } from "../database/cluster-databases.ts";
import { embeddedPostgres, METADATA_DATABASE } from "../database/database-access.ts";
import { homeSecret } from "../home/secrets.ts";
import type { StandaloneContext } from "./standalone-context.ts";

export interface StartedDatabase {
  readonly url: string;
  /** Undefined when the database is the user's own. */
  readonly embedded: { readonly postgres: EmbeddedPostgres; readonly warehousePassword: string } | undefined;
}

/** Starts the embedded PostgreSQL with its databases, unless a database of the user's own is configured. */
export async function startDatabase(context: StandaloneContext): Promise<StartedDatabase> {
  const { home, configuration, logger, clock, services } = context;
  if (configuration.database.sql_alchemy_conn !== "") return { url: configuration.database.sql_alchemy_conn, embedded: undefined };
  const postgres = embeddedPostgres(home, configuration, { logger: logger.child({ component: "embedded-postgres" }), clock });
  const warehousePassword = await homeSecret(home, "warehouse-password");
  services.add("embedded PostgreSQL", () => postgres.stop());
  await postgres.start();
  postgres.keepRunning();
  await createDatabases(postgres, { metadata: METADATA_DATABASE, warehousePassword });
  return { url: postgres.connectionUrl(METADATA_DATABASE), embedded: { postgres, warehousePassword } };
}
