import type { EntityDefinition, FlowDefinition } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { identifier } from "../sql-text.ts";
import { createTableStatements, systemColumns } from "../target/table-statements.ts";
import { presentColumns, tableExists, tableName } from "../target/target-table.ts";

/** How the table of an entity differs from its description. */
export interface EntityDiff {
  readonly entity: string;
  /** Qualified and quoted. */
  readonly table: string;
  readonly exists: boolean;
  readonly missing: readonly string[];
  /** Columns of the table that nobody has described. */
  readonly extra: readonly string[];
  readonly types: readonly { readonly column: string; readonly declared: string; readonly actual: string }[];
  /** What would make the table as it is described; nothing is dropped. */
  readonly statements: readonly string[];
}

/** Compares the table with the entity, for the flow that loads it. */
export async function diffEntity(client: Client, entity: EntityDefinition, flow: FlowDefinition): Promise<EntityDiff> {
  const table = tableName(entity);
  if (!(await tableExists(client, entity))) {
    const statements = [`create schema if not exists ${identifier(entity.schema)}`, ...createTableStatements(flow, entity, [])];
    return { entity: entity.ref, table, exists: false, missing: [], extra: [], types: [], statements };
  }
  const present = await presentColumns(client, entity);
  const declared = await declaredTypes(client, entity);
  const added = systemColumns(flow);
  const known = new Set([...entity.columns.map((column) => column.column), ...added.map((column) => column.name)]);
  const missing = entity.columns.filter((column) => !present.has(column.column));
  const types = [...declared].flatMap(([column, type]) => {
    const actual = present.get(column);
    return actual === undefined || actual === type ? [] : [{ column, declared: type, actual }];
  });
  return {
    entity: entity.ref,
    table,
    exists: true,
    missing: missing.map((column) => column.column),
    extra: [...present.keys()].filter((column) => !known.has(column)),
    types,
    statements: [
      ...missing.map((column) => `alter table ${table} add column ${identifier(column.column)} ${column.physicalType}`),
      ...added
        .filter((column) => !present.has(column.name))
        .map((column) => `alter table ${table} add column ${column.name} ${column.type}`),
      ...types.map(({ column, declared: type }) => {
        const name = identifier(column);
        return `alter table ${table} alter column ${name} type ${type} using ${name}::${type}`;
      }),
    ],
  };
}

/** The declared types as the server spells them: `int` is `integer` there, `varchar(9)` is `character varying(9)`. */
async function declaredTypes(client: Client, entity: EntityDefinition): Promise<ReadonlyMap<string, string>> {
  const columns = entity.columns.map((column, index) => `c${index} ${column.physicalType}`);
  await client.query("begin");
  try {
    await client.query(`create temporary table polyflow_declared (${columns.join(", ")}) on commit drop`);
    const answer = await client.query<{ type: string }>(
      `select format_type(atttypid, atttypmod) as type from pg_attribute
        where attrelid = 'pg_temp.polyflow_declared'::regclass and attnum > 0 order by attnum`,
    );
    return new Map(entity.columns.map((column, index) => [column.column, answer.rows[index]?.type ?? column.physicalType]));
  } finally {
    await client.query("rollback");
  }
}
