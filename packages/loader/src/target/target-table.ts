import { PolyflowError } from "@polyflow/contracts";
import type { EntityColumn, EntityDefinition, FlowDefinition } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { COLUMN_ACTIONS } from "../contract/drift.ts";
import type { Drift } from "../contract/drift.ts";
import { identifier, literal } from "../sql-text.ts";
import { createTableStatements, systemColumns } from "./table-statements.ts";

/** What the tables of a database are asked and told when a load holds them against their description. */
export interface TableAccess {
  exists(entity: EntityDefinition): Promise<boolean>;
  /** Column → type of the table as it is. */
  columns(entity: EntityDefinition): Promise<ReadonlyMap<string, string>>;
  /** Makes the schema of the entity where it is missing. */
  makeSchema(entity: EntityDefinition): Promise<void>;
  /** What makes the table. */
  createStatements(flow: FlowDefinition, entity: EntityDefinition, added: readonly EntityColumn[]): readonly string[];
  /** What adds columns to it. */
  addStatements(flow: FlowDefinition, entity: EntityDefinition, missing: MissingColumns): readonly string[];
  run(statement: string): Promise<void>;
}

/** Columns that a table lacks: those described, and names of those that loads add. */
export interface MissingColumns {
  readonly columns: readonly EntityColumn[];
  readonly system: readonly string[];
}

/** Tables of PostgreSQL. */
export function postgresTables(client: Client): TableAccess {
  return {
    exists: (entity) => tableExists(client, entity),
    columns: (entity) => presentColumns(client, entity),
    makeSchema: (entity) => createSchema(client, entity.schema),
    createStatements: createTableStatements,
    addStatements: addColumnStatements,
    run: async (statement) => void (await client.query(statement)),
  };
}

function addColumnStatements(flow: FlowDefinition, entity: EntityDefinition, { columns, system }: MissingColumns): readonly string[] {
  const table = tableName(entity);
  const additions = columns.map((column) => `add column ${identifier(column.column)} ${column.physicalType}`);
  for (const { name, type } of systemColumns(flow)) if (system.includes(name)) additions.push(`add column ${name} ${type}`);
  if (additions.length === 0) return [];
  return [`alter table ${table} ${additions.join(", ")}`, ...columns.flatMap((column) => commentStatements(table, column))];
}

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
  tables: TableAccess,
  { flow, entity, added, drift }: TargetContract,
): Promise<{ readonly absent: readonly EntityColumn[] }> {
  if (!(await tables.exists(entity))) {
    await createTable(tables, { flow, entity, added });
    return { absent: [] };
  }
  const present = await tables.columns(entity);
  const missing = entity.columns.filter((column) => !present.has(column.column));
  const policy = flow.contract.columns;
  for (const column of missing) {
    const action = COLUMN_ACTIONS[policy];
    drift.push({ kind: "table_column_missing", column: column.column, before: column.physicalType, after: null, action });
  }
  if (missing.length > 0 && policy === "freeze") throw columnsMissing(tables, flow, { entity, missing });
  const wanted = [...(policy === "evolve" ? missing : []), ...added.filter((column) => !present.has(column.column))];
  const system = systemColumns(flow).flatMap(({ name }) => (present.has(name) ? [] : [name]));
  for (const statement of tables.addStatements(flow, entity, { columns: wanted, system })) await tables.run(statement);
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

function columnsMissing(
  tables: TableAccess,
  flow: FlowDefinition,
  { entity, missing }: { readonly entity: EntityDefinition; readonly missing: readonly EntityColumn[] },
): PolyflowError {
  const [statement = ""] = tables.addStatements(flow, entity, { columns: missing, system: [] });
  return new PolyflowError(
    "contract_broken",
    `The table ${tableName(entity)} lacks ${missing.map((column) => `"${column.column}"`).join(", ")}, which ${entity.file} declares. ` +
      `Run \`${statement};\`, or write \`contract: {columns: evolve}\` in the flow.`,
  );
}

async function createTable(tables: TableAccess, { flow, entity, added }: Omit<TargetContract, "drift">): Promise<void> {
  const statements = tables.createStatements(flow, entity, added);
  if (flow.contract.tables === "freeze") {
    throw new PolyflowError(
      "contract_broken",
      `The table ${tableName(entity)} does not exist, and the flow "${flow.name}" may not create it (contract: {tables: freeze}). Run:\n${statements.join(";\n")};`,
    );
  }
  await tables.makeSchema(entity);
  for (const statement of statements) await tables.run(statement);
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

function commentStatements(table: string, column: EntityColumn): readonly string[] {
  if (column.description === undefined) return [];
  return [`comment on column ${table}.${identifier(column.column)} is ${literal(column.description)}`];
}
