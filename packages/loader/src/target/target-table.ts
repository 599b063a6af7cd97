import { PolyflowError } from "@polyflow/contracts";
import type { EntityColumn, EntityDefinition, FlowDefinition } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { COLUMN_ACTIONS } from "../contract/drift.ts";
import type { Drift } from "../contract/drift.ts";
import { identifier, literal } from "../sql-text.ts";
import { createTableStatements, systemColumns } from "./table-statements.ts";

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

export interface TargetContract {
  readonly flow: FlowDefinition;
  readonly entity: EntityDefinition;
  /** Columns of the file that the contract lets into the table. */
  readonly added: readonly EntityColumn[];
  /** Gets what the table lacks. */
  readonly drift: Drift[];
}

/**
 * Creates the table of the entity where the contract lets it, or checks that the existing one has its columns.
 * @returns the columns of the entity that the table lacks and will go on lacking
 * @throws PolyflowError `contract_broken` with the statements to run when the contract is frozen
 */
export async function ensureTargetTable(
  client: Client,
  { flow, entity, added, drift }: TargetContract,
): Promise<{ readonly absent: readonly EntityColumn[] }> {
  if (!(await tableExists(client, entity))) {
    await createTable(client, { flow, entity, added });
    return { absent: [] };
  }
  const table = tableName(entity);
  const present = await presentColumns(client, entity);
  const missing = entity.columns.filter((column) => !present.has(column.column));
  const policy = flow.contract.columns;
  for (const column of missing) {
    const action = COLUMN_ACTIONS[policy];
    drift.push({ kind: "table_column_missing", column: column.column, before: column.physicalType, after: null, action });
  }
  if (missing.length > 0 && policy === "freeze") throw columnsMissing(table, entity, missing);
  const wanted = [...(policy === "evolve" ? missing : []), ...added.filter((column) => !present.has(column.column))];
  const additions = wanted.map((column) => `add column ${identifier(column.column)} ${column.physicalType}`);
  for (const { name, type } of systemColumns(flow)) if (!present.has(name)) additions.push(`add column ${name} ${type}`);
  if (additions.length > 0) await client.query(`alter table ${table} ${additions.join(", ")}`);
  for (const column of wanted) await comment(client, table, column);
  return { absent: policy === "evolve" ? [] : missing };
}

/** Column → type of the table as it is. */
export async function presentColumns(client: Client, entity: EntityDefinition): Promise<ReadonlyMap<string, string>> {
  const existing = await client.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type
       from pg_attribute where attrelid = to_regclass(${literal(tableName(entity))}) and attnum > 0 and not attisdropped order by attnum`,
  );
  return new Map(existing.rows.map((row) => [row.name, row.type]));
}

function columnsMissing(table: string, entity: EntityDefinition, missing: readonly EntityColumn[]): PolyflowError {
  const additions = missing.map((column) => `add column ${identifier(column.column)} ${column.physicalType}`).join(", ");
  return new PolyflowError(
    "contract_broken",
    `The table ${table} lacks ${missing.map((column) => `"${column.column}"`).join(", ")}, which ${entity.file} declares. ` +
      `Run \`alter table ${table} ${additions};\`, or write \`contract: {columns: evolve}\` in the flow.`,
  );
}

async function createTable(client: Client, { flow, entity, added }: Omit<TargetContract, "drift">): Promise<void> {
  const statements = createTableStatements(flow, entity, added);
  if (flow.contract.tables === "freeze") {
    throw new PolyflowError(
      "contract_broken",
      `The table ${tableName(entity)} does not exist, and the flow "${flow.name}" may not create it (contract: {tables: freeze}). Run:\n${statements.join(";\n")};`,
    );
  }
  await createSchema(client, entity.schema);
  for (const statement of statements) await client.query(statement);
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
