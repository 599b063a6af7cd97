import { randomBytes } from "node:crypto";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import type { Store } from "@polyflow/store";
import { createPostgresStore, generateFernetKey, migrate } from "@polyflow/store-postgres";
import { Client } from "pg";
import { inject } from "vitest";

export interface TestDatabase {
  readonly store: Store;
  /** Runs a statement on the database itself, for what the port has no method for yet. */
  execute(statement: string, parameters?: readonly unknown[]): Promise<readonly object[]>;
  drop(): Promise<void>;
}

/** A migrated database of its own, with an open store. */
export async function createTestDatabase(adminUrl: string): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString("hex")}`;
  await withClient(adminUrl, (client) => client.query(`create database ${name}`));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  await migrate({ url: url.href, logger: silentLogger });
  const storeUrl = new URL(url);
  if (inject("hasStorageFaults") === true) storeUrl.port = new URL(inject("faultyPostgresUrl")).port;
  const store = await createPostgresStore({
    url: storeUrl.href,
    fernetKeys: [generateFernetKey()],
    clock: systemClock,
    logger: silentLogger,
  });
  return {
    store,
    execute: (statement, parameters = []) =>
      withClient(url.href, async (client) => (await client.query<object>(statement, [...parameters])).rows),
    async drop() {
      await store.close();
      await withClient(adminUrl, (client) => client.query(`drop database ${name} with (force)`));
    },
  };
}

async function withClient<Result>(connectionString: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
