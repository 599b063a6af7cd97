import { PolyflowError } from "@polyflow/contracts";
import type { Client } from "pg";
import { identifier, literal } from "../sql-text.ts";

interface Migration {
  readonly version: number;
  readonly name: string;
  /** @param schema quoted */
  readonly statements: (schema: string) => readonly string[];
}

/** Append only: a migration that has been released never changes. */
const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "ledger, rejects, rule results",
    statements: (schema) => [
      `create table ${schema}.load_ledger (
         load_id uuid primary key,
         flow text not null,
         target text not null,
         target_schema text not null,
         target_table text not null,
         mode text not null,
         fingerprint text not null,
         definition_hash text not null,
         slice text not null,
         status text not null check (status in ('loaded', 'failed', 'superseded')),
         source_file text not null,
         source_bytes bigint not null,
         rows_read bigint not null,
         rows_loaded bigint not null,
         rows_rejected bigint not null,
         rows_filtered bigint not null,
         rows_target bigint not null,
         report jsonb not null,
         error text,
         finished_at timestamptz not null default clock_timestamp()
       )`,
      // an append that happens twice doubles rows: the database itself refuses it
      `create unique index load_ledger_once on ${schema}.load_ledger (target, flow, fingerprint, definition_hash, slice)
         where status = 'loaded' and mode = 'append'`,
      `create index load_ledger_latest on ${schema}.load_ledger (target, finished_at desc)`,
      `create table ${schema}.reject (
         load_id uuid not null,
         flow text not null,
         file text not null,
         row_number bigint not null,
         column_name text not null,
         raw_value text,
         reason text not null,
         record jsonb not null,
         at timestamptz not null default now()
       )`,
      `create index reject_load on ${schema}.reject (load_id, row_number)`,
      `create table ${schema}.rule_result (
         load_id uuid not null,
         target text not null,
         rule text not null,
         metric text not null,
         column_name text,
         severity text not null,
         status text not null,
         expected text not null,
         actual numeric not null,
         unit text not null,
         at timestamptz not null default now()
       )`,
      `create index rule_result_history on ${schema}.rule_result (target, rule, at desc)`,
      `comment on table ${schema}.load_ledger is 'One row per load: what was loaded, when, and with what result'`,
      `comment on table ${schema}.reject is 'Every cell or record that a load refused, with the place in the file and the reason'`,
      `comment on table ${schema}.rule_result is 'History of the quality rules'`,
      // Before PostgreSQL 16 there is no pg_input_is_valid; a trapped cast says the same.
      `create function ${schema}.input_is_valid(value text, type text) returns boolean
         language plpgsql immutable parallel unsafe as $body$
         begin
           case type
             when 'date' then perform value::date;
             when 'integer' then perform value::integer;
             when 'bigint' then perform value::bigint;
             when 'smallint' then perform value::smallint;
             when 'timestamp' then perform value::timestamp;
             when 'timestamptz' then perform value::timestamptz;
             when 'boolean' then perform value::boolean;
             else execute 'select $1::' || type using value;
           end case;
           return true;
         exception when data_exception or integrity_constraint_violation or invalid_text_representation then
           return false;
         end $body$`,
    ],
  },
];

/**
 * Creates the system tables where they are missing and brings older ones up to date; one at a time among all that try.
 * @throws PolyflowError `load_failed` with the statement that an administrator must run when the rights do not suffice
 */
export async function migrateSystemSchema(client: Client, schemaName: string): Promise<void> {
  const schema = identifier(schemaName);
  const current = await currentVersion(client, schemaName);
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
    const applied = await currentVersion(client, schemaName);
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

async function currentVersion(client: Client, schemaName: string): Promise<number> {
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
