import { PolyflowError } from "@polyflow/contracts";
import type { Client } from "pg";
import { identifier, literal } from "../sql-text.ts";
import { MIGRATIONS } from "./system-migrations.ts";

/**
 * Creates the system tables where they are missing and brings older ones up to date; one at a time among all that try.
 * @throws PolyflowError `load_failed` with the statement that an administrator must run when the rights do not suffice
 */
export async function migrateSystemSchema(client: Client, schemaName: string): Promise<void> {
  const schema = identifier(schemaName);
  const current = await systemVersion(client, schemaName);
  if (current >= (MIGRATIONS.at(-1)?.version ?? 0)) return;
  await client.query("begin");
  try {
    await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`polyflow:schema:${schemaName}`]);
    // `create schema if not exists` asks for the right to create schemas even where there is nothing to create
    const found = await client.query("select from pg_namespace where nspname = $1", [schemaName]);
    if (found.rows.length === 0) await client.query(`create schema ${schema}`);
    await client.query(
      `create table if not exists ${schema}.schema_migration (version integer primary key, name text not null, applied_at timestamptz not null default now())`,
    );
    const applied = await systemVersion(client, schemaName);
    for (const migration of MIGRATIONS.filter((candidate) => candidate.version > applied)) {
      for (const statement of migration.statements(schema)) await client.query(statement);
      await client.query(`insert into ${schema}.schema_migration (version, name) values ($1, $2)`, [migration.version, migration.name]);
    }
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw explainRights(error, client, schemaName);
  }
}

/** Version of the system schema; 0 when there is none. */
export async function systemVersion(client: Client, schemaName: string): Promise<number> {
  const exists = await client.query<{ exists: boolean }>(
    `select to_regclass(${literal(`${identifier(schemaName)}.schema_migration`)}) is not null as exists`,
  );
  if (exists.rows[0]?.exists !== true) return 0;
  const answer = await client.query<{ version: number | null }>(
    `select max(version) as version from ${identifier(schemaName)}.schema_migration`,
  );
  return answer.rows[0]?.version ?? 0;
}

const INSUFFICIENT_PRIVILEGE = "42501";

function explainRights(error: unknown, client: Client, schemaName: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || error.code !== INSUFFICIENT_PRIVILEGE) return error;
  const user = identifier(client.user ?? "");
  const statement = `create schema if not exists ${identifier(schemaName)} authorization ${user};`;
  return new PolyflowError(
    "load_failed",
    `The user ${user} may not create the system tables in the schema "${schemaName}" of the warehouse (${error.message}). An administrator must run: ${statement}`,
    { cause: error },
  );
}
