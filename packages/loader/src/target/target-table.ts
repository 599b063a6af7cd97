import { PolyflowError } from "@polyflow/contracts";
import type { EntityColumn, EntityDefinition } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { identifier, identifiers, literal } from "../sql-text.ts";

export const LOAD_ID_COLUMN = "_load_id";
export const LOADED_AT_COLUMN = "_loaded_at";

/** Qualified and quoted name of the entity's table. */
export function tableName(entity: EntityDefinition): string {
  return identifier(entity.schema, entity.table);
}

export async function tableExists(client: Client, entity: EntityDefinition): Promise<boolean> {
  const answer = await client.query<{ exists: boolean }>(`select to_regclass(${literal(tableName(entity))}) is not null as exists`);
  return answer.rows[0]?.exists === true;
}

/** Rows of the table; 0 when there is none. */
export async function countRows(client: Client, entity: EntityDefinition): Promise<number> {
  if (!(await tableExists(client, entity))) return 0;
  const answer = await client.query<{ count: string }>(`select count(*) as count from ${tableName(entity)}`);
  return Number(answer.rows[0]?.count ?? 0);
}

/** True when the table exists and is not empty. */
export async function holdsRows(client: Client, entity: EntityDefinition): Promise<boolean> {
  if (!(await tableExists(client, entity))) return false;
  const answer = await client.query<{ some: boolean }>(`select exists (select from ${tableName(entity)}) as some`);
  return answer.rows[0]?.some === true;
}

/**
 * Creates the table of the entity, or checks that the existing one has its columns, adding those that lack when the
 * flow's contract says `evolve`.
 * @throws PolyflowError `load_failed` when columns lack and the contract is `freeze`
 */
export async function ensureTargetTable(client: Client, entity: EntityDefinition, contract: "freeze" | "evolve"): Promise<void> {
  if (!(await tableExists(client, entity))) return createTable(client, entity);
  const table = tableName(entity);
  const existing = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = to_regclass(${literal(table)}) and attnum > 0 and not attisdropped`,
  );
  const present = new Set(existing.rows.map((row) => row.name));
  const missing = entity.columns.filter((column) => !present.has(column.column));
  if (missing.length > 0 && contract === "freeze") {
    const additions = missing.map((column) => `add column ${identifier(column.column)} ${column.physicalType}`).join(", ");
    throw new PolyflowError(
      "load_failed",
      `The table ${table} lacks ${missing.map((column) => `"${column.column}"`).join(", ")}, which ${entity.file} declares. ` +
        `Run \`alter table ${table} ${additions};\`, or write \`contract: {columns: evolve}\` in the flow.`,
    );
  }
  const additions = missing.map((column) => `add column ${identifier(column.column)} ${column.physicalType}`);
  if (!present.has(LOAD_ID_COLUMN)) additions.push(`add column ${LOAD_ID_COLUMN} uuid`);
  if (!present.has(LOADED_AT_COLUMN)) additions.push(`add column ${LOADED_AT_COLUMN} timestamptz`);
  if (additions.length > 0) await client.query(`alter table ${table} ${additions.join(", ")}`);
  for (const column of missing) await comment(client, table, column);
}

async function createTable(client: Client, entity: EntityDefinition): Promise<void> {
  const table = tableName(entity);
  const columns = entity.columns.map(
    (column) => `${identifier(column.column)} ${column.physicalType}${column.required ? " not null" : ""}`,
  );
  columns.push(`${LOAD_ID_COLUMN} uuid not null`, `${LOADED_AT_COLUMN} timestamptz not null`);
  if (entity.primaryKey.length > 0) columns.push(`primary key (${identifiers(entity.primaryKey)})`);
  for (const column of entity.columns) if (column.unique) columns.push(`unique (${identifier(column.column)})`);
  await createSchema(client, entity.schema);
  await client.query(`create table ${table} (${columns.join(", ")})`);
  const description = entity.description ?? entity.title;
  if (description !== undefined) await client.query(`comment on table ${table} is ${literal(description)}`);
  for (const column of entity.columns) await comment(client, table, column);
}

/** Made by another load in the same moment: PostgreSQL's answers to that. */
const MADE_BY_ANOTHER = new Set(["23505", "42P06"]);
const RIGHTS_MISSING = "42501";

/**
 * Makes the target's schema where it is missing, in a transaction of its own: of two first loads into a new schema the second would fail
 * on the name in the middle of its work. Missing rights are left to the load's own try, which explains them.
 */
export async function prepareTargetSchema(client: Client, schema: string): Promise<void> {
  try {
    await createSchema(client, schema);
  } catch (error) {
    const state = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!MADE_BY_ANOTHER.has(state) && state !== RIGHTS_MISSING) throw error;
  }
}

async function createSchema(client: Client, schema: string): Promise<void> {
  const found = await client.query("select from pg_namespace where nspname = $1", [schema]);
  if (found.rows.length === 0) await client.query(`create schema if not exists ${identifier(schema)}`);
}

async function comment(client: Client, table: string, column: EntityColumn): Promise<void> {
  if (column.description === undefined) return;
  await client.query(`comment on column ${table}.${identifier(column.column)} is ${literal(column.description)}`);
}
