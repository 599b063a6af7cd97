import type { EmbeddedPostgres } from "@polyflow/embedded-postgres";
import type { Store } from "@polyflow/store";
import { WAREHOUSE } from "../database/cluster-databases.ts";

/** The connection that loads go to unless they name another. */
const WAREHOUSE_CONNECTION = "df";

/** Keeps the connection to the warehouse of the embedded PostgreSQL right when its port has moved; a connection of the user's own stays as it is. */
export async function saveWarehouseConnection(store: Store, postgres: EmbeddedPostgres, password: string): Promise<void> {
  const found = await store.secrets.getConnection(WAREHOUSE_CONNECTION);
  const isOurs = found === undefined || (found.host === "127.0.0.1" && found.login === WAREHOUSE && found.schema === WAREHOUSE);
  if (!isOurs || found?.port === postgres.port) return;
  await store.secrets.saveConnection(
    {
      connectionId: WAREHOUSE_CONNECTION,
      type: "postgres",
      description: "Warehouse in the embedded PostgreSQL",
      host: "127.0.0.1",
      port: postgres.port,
      login: WAREHOUSE,
      password,
      schema: WAREHOUSE,
      extra: {},
    },
    { overwrite: true },
  );
}
