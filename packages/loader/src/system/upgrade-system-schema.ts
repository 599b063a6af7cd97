import { PolyflowError } from "@polyflow/contracts";
import type { ClientConfig } from "pg";
import { migrateSystemSchema, systemVersion } from "../target/system-schema.ts";
import { MIGRATIONS } from "../target/system-migrations.ts";
import { withClient } from "./with-client.ts";

const OLDEST_SERVER = 120000;

/** What an upgrade of the system schema came to. */
export interface SystemUpgrade {
  readonly schema: string;
  readonly from: number;
  readonly to: number;
  readonly applied: readonly { readonly version: number; readonly name: string }[];
}

/**
 * Builds the system tables of a warehouse, or brings them up to date; one at a time among all that try, and nothing to do when they are.
 * @throws PolyflowError `database_version` for a server before 12, `load_failed` with the statement to run when rights are missing
 */
export function upgradeSystemSchema(config: string | ClientConfig, schema = "df"): Promise<SystemUpgrade> {
  return withClient(config, async (client) => {
    const answer = await client.query<{ version: number; text: string }>(
      "select current_setting('server_version_num')::integer as version, current_setting('server_version') as text",
    );
    const [server] = answer.rows;
    if ((server?.version ?? 0) < OLDEST_SERVER) {
      throw new PolyflowError("database_version", `The warehouse is PostgreSQL ${server?.text}; the system tables need 12 or newer.`);
    }
    const from = await systemVersion(client, schema);
    await migrateSystemSchema(client, schema);
    const to = await systemVersion(client, schema);
    const applied = MIGRATIONS.filter(({ version }) => version > from && version <= to).map(({ version, name }) => ({ version, name }));
    return { schema, from, to, applied };
  });
}
