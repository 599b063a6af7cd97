import type { EmbeddedPostgres } from "@polyflow/embedded-postgres";
import { provider } from "@polyflow/provider-postgres";
import type { SqlSession } from "@polyflow/sdk";

/** Runs `work` as the superuser of the embedded cluster. */
export async function asSuperuser<Result>(
  postgres: EmbeddedPostgres,
  database: string,
  work: (session: SqlSession) => Promise<Result>,
): Promise<Result> {
  const url = new URL(postgres.tcpUrl(database));
  const session = await provider.openSql({
    connectionId: "embedded",
    type: "postgres",
    host: url.hostname,
    port: Number(url.port),
    login: url.username,
    password: url.password,
    schema: database,
    extra: {},
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

export async function listDatabases(postgres: EmbeddedPostgres): Promise<readonly string[]> {
  return asSuperuser(postgres, "postgres", databaseNames);
}

async function databaseNames(session: SqlSession): Promise<readonly string[]> {
  const rows = await session.query("select datname from pg_database");
  return rows.map((row) => String(row["datname"]));
}

/** Name of the warehouse's database and role in the embedded cluster. */
export const WAREHOUSE = "warehouse";

/**
 * Makes the metadata database and the warehouse, which belongs to a role of its own that can neither read the metadata nor the
 * machine's files. Does nothing for what is there.
 */
export async function createDatabases(
  postgres: EmbeddedPostgres,
  options: { readonly metadata: string; readonly warehousePassword: string },
): Promise<void> {
  await asSuperuser(postgres, "postgres", async (session) => {
    const existing = await databaseNames(session);
    if (!existing.includes(options.metadata)) {
      await session.query(`create database ${options.metadata} strategy file_copy`);
      await session.query(`revoke connect, temporary on database ${options.metadata} from public`);
    }
    if (existing.includes(WAREHOUSE)) return;
    const roles = await session.query("select 1 from pg_roles where rolname = $1", [WAREHOUSE]);
    // The password is base64url: nothing in it needs escaping.
    if (roles.length === 0) await session.query(`create role ${WAREHOUSE} login password '${options.warehousePassword}'`);
    await session.query(`create database ${WAREHOUSE} owner ${WAREHOUSE} strategy file_copy`);
    await session.query(`revoke connect, temporary on database ${WAREHOUSE} from public`);
  });
}
