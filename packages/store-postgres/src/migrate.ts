import { PolyflowError } from "@polyflow/contracts";
import type { Logger } from "@polyflow/service-kit";
import { Client } from "pg";
import { connectionSettings } from "./connection-settings.ts";
import { errorState, SQLSTATE, toDatabaseError } from "./database-error.ts";
import { type Migration, readMigrations } from "./migrations.ts";

/** The oldest PostgreSQL that works: the first with gen_random_uuid() built in. */
const OLDEST_SERVER_VERSION = 130_000;
/** "polyflow" in ASCII, cut to a positive bigint: the advisory lock under which the schema changes. */
const MIGRATION_LOCK = "8101822402478108535";
/** A migration may rewrite a table; the limit of an ordinary statement is too short for that. */
const MIGRATION_TIMEOUT_MS = 30 * 60_000;

/** What a database has of the steps that this version knows. */
export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

interface LedgerRow {
  readonly number: number;
  readonly name: string;
  readonly is_breaking: boolean;
  readonly checksum: string;
}

/**
 * Brings the schema `polyflow` up to this version; safe when several processes do it at once, and when one dies in the middle.
 * @returns the steps that this call applied.
 * @throws PolyflowError `database_version` when the server is too old or the schema newer than this Polyflow understands.
 * @example await migrate({ url: "postgresql:///polyflow?host=/run/postgresql", logger });
 */
export async function migrate(options: {
  readonly url: string;
  readonly logger: Logger;
  readonly migrations?: readonly Migration[];
}): Promise<{ readonly applied: readonly string[] }> {
  const migrations = options.migrations ?? readMigrations();
  return withClient(options.url, MIGRATION_TIMEOUT_MS, async (client) => {
    await checkServer(client);
    await createLedger(client);
    const applied: string[] = [];
    for (const migration of migrations) {
      if (!(await applyMigration(client, migration, migrations))) continue;
      applied.push(migration.name);
      options.logger.info("migrated the metadata database", { migration: migration.name });
    }
    return { applied };
  });
}

/**
 * Compares the schema with this version, changing nothing.
 * @throws PolyflowError `database_version` when the schema is newer than this Polyflow understands or a step was altered.
 */
export async function checkMigrations(url: string, migrations: readonly Migration[] = readMigrations()): Promise<MigrationStatus> {
  return withClient(url, undefined, async (client) => {
    await checkServer(client);
    return compareLedger(await readLedger(client), migrations);
  });
}

/** Like checkMigrations, but a missing step is an error as well: what a component asks before it starts. */
export async function requireMigrated(url: string): Promise<void> {
  const { pending } = await checkMigrations(url);
  if (pending.length === 0) return;
  throw new PolyflowError(
    "database_version",
    `The metadata database lacks ${pending.length} migration(s), the first is ${pending[0]}. Run \`polyflow db migrate\`.`,
    { details: { pending } },
  );
}

async function withClient<Result>(url: string, timeoutMs: number | undefined, work: (client: Client) => Promise<Result>): Promise<Result> {
  const settings = connectionSettings(url, "polyflow migrate");
  const limits = timeoutMs === undefined ? {} : { statement_timeout: timeoutMs, lock_timeout: timeoutMs };
  const client = new Client({ ...settings, ...limits });
  // The failure is also reported by the query that was under way; without a listener it would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    await client.end();
  }
}

async function checkServer(client: Client): Promise<void> {
  const answer = await client.query<{ version: number; shown: string; encoding: string }>(
    `select current_setting('server_version_num')::integer as version, current_setting('server_version') as shown,
            current_setting('server_encoding') as encoding`,
  );
  const server = answer.rows[0];
  if (server === undefined) return;
  if (server.version < OLDEST_SERVER_VERSION) {
    throw new PolyflowError(
      "database_version",
      `The metadata database is PostgreSQL ${server.shown}; Polyflow needs version 13 or newer. Use a newer server.`,
    );
  }
  if (server.encoding !== "UTF8") {
    throw new PolyflowError(
      "database_version",
      `The metadata database has the encoding ${server.encoding}; Polyflow needs UTF8. Create it with \`create database … encoding 'UTF8' template template0\`.`,
    );
  }
}

async function createLedger(client: Client): Promise<void> {
  await inLock(client, async () => {
    await client.query(`create schema if not exists polyflow`);
    await client.query(
      `create table if not exists polyflow.migration (
         number integer primary key,
         name text not null,
         is_breaking boolean not null,
         checksum text not null,
         applied_at timestamptz not null default now()
       )`,
    );
  });
}

async function readLedger(client: Client): Promise<readonly LedgerRow[]> {
  try {
    const answer = await client.query<LedgerRow & Record<string, unknown>>(
      `select number, name, is_breaking, checksum from polyflow.migration order by number`,
    );
    return answer.rows;
  } catch (error) {
    const state = errorState(error);
    if (state === SQLSTATE.undefinedTable || state === SQLSTATE.invalidSchemaName) return [];
    throw error;
  }
}

/** @returns whether the step was missing. */
async function applyMigration(client: Client, migration: Migration, known: readonly Migration[]): Promise<boolean> {
  return inLock(client, async () => {
    const { applied } = compareLedger(await readLedger(client), known);
    if (applied.includes(migration.name)) return false;
    // First, so that a second process that slipped past the lock fails here and not halfway through.
    await client.query({
      text: `insert into polyflow.migration (number, name, is_breaking, checksum) values ($1, $2, $3, $4)`,
      values: [migration.number, migration.name, migration.isBreaking, migration.checksum],
    });
    // Checks that wait for the commit would keep a step from changing rows and then their table.
    await client.query("set constraints all immediate");
    await client.query(migration.sql);
    return true;
  });
}

async function inLock<Result>(client: Client, work: () => Promise<Result>): Promise<Result> {
  await client.query("begin");
  try {
    await client.query({ text: `select pg_advisory_xact_lock($1)`, values: [MIGRATION_LOCK] });
    const result = await work();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

function compareLedger(ledger: readonly LedgerRow[], known: readonly Migration[]): MigrationStatus {
  for (const row of ledger) {
    const migration = known.find((candidate) => candidate.number === row.number);
    if (migration === undefined && row.is_breaking) {
      throw new PolyflowError(
        "database_version",
        `The metadata database was migrated by a newer Polyflow (step ${row.name}), which this version cannot work with. Update Polyflow.`,
      );
    }
    if (migration !== undefined && (migration.name !== row.name || migration.checksum !== row.checksum)) {
      throw new PolyflowError(
        "database_version",
        `Step ${row.name} of the metadata database is not the ${migration.name} of this Polyflow. Use the Polyflow that migrated it, or restore a backup.`,
      );
    }
  }
  const appliedNumbers = new Set(ledger.map((row) => row.number));
  return {
    applied: known.filter((migration) => appliedNumbers.has(migration.number)).map((migration) => migration.name),
    pending: known.filter((migration) => !appliedNumbers.has(migration.number)).map((migration) => migration.name),
  };
}
