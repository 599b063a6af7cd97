import type { BulkSession } from "@polyflow/contracts";
import type { EntityColumn, EntityDefinition, FlowDefinition } from "@polyflow/metadata-model";
import { isHistory, systemColumns } from "../target/table-statements.ts";
import { mssqlDialect } from "../target/strategy/mssql-dialect.ts";
import { VALID_FROM_COLUMN } from "../target/strategy/write-shape.ts";
import type { WriteShape } from "../target/strategy/write-shape.ts";
import { writeSteps } from "../target/strategy/write-steps.ts";
import type { MissingColumns, TableAccess } from "../target/target-table.ts";
import type { BulkColumn, BulkEngine, WrittenRows } from "./bulk-engine.ts";
import { applicationLock, migrateMssqlSchema } from "./mssql-system-schema.ts";
import { mssqlType } from "./mssql-types.ts";
import { mssqlWords } from "./mssql-words.ts";
import { SystemRecords } from "./system-records.ts";

const { identifier, literal } = mssqlDialect;
const TEXTS = "#polyflow_text";
const INCOMING = "#polyflow_incoming";

/**
 * MS SQL Server: one transaction holds data, rejects, rule results, cursor and the ledger's row. Staging tables are temporary ones of the
 * session, filled by the driver's bulk copy; the server converts the texts.
 */
export function mssqlEngine(session: BulkSession, load: { readonly entity: EntityDefinition; readonly systemSchema: string }): BulkEngine {
  const { entity, systemSchema } = load;
  const table = identifier(entity.schema, entity.table);
  const run = async (statement: string): Promise<void> => void (await session.execute(statement));
  const begin = async (): Promise<void> => {
    await run("set xact_abort on; set language us_english; begin transaction");
    await run(applicationLock(`polyflow:target:${table}`));
  };
  return {
    session,
    words: mssqlWords,
    tables: mssqlTables(session),
    records: new SystemRecords(session, mssqlWords, systemSchema),
    texts: TEXTS,
    incoming: INCOMING,
    prepare: async () => void (await migrateMssqlSchema(session, systemSchema)),
    begin,
    createStaging: async (columns) => {
      for (const statement of mssqlStaging(columns)) await run(statement);
    },
    dropDoubles: (keys, keep) => session.execute(mssqlDropDoubles(keys, keep)),
    moment: async (needsLater) => {
      if (!needsLater) return mssqlWords.now;
      const [row] = await session.query(mssqlMoment(table));
      return `convert(datetimeoffset(6), ${literal(row?.["at"] ?? "")}, 121)`;
    },
    write: (shape) => writeSteppedRows(session, table, shape),
    audited: () => table,
    commit: async (remember) => {
      await remember();
      // a transaction that the server has ended by itself must not look like a commit
      await run("if @@trancount = 0 begin; throw 50000, 'the transaction had ended before its commit', 1; end; commit transaction");
    },
    takeBack: async () => {
      await run("if @@trancount > 0 rollback transaction");
      await begin();
    },
    tidy: () => Promise.resolve(), // temporary tables end with their session
  };
}

/** The two tables of the session: texts as they were judged, and values as the server has converted them. */
export function mssqlStaging(columns: readonly BulkColumn[]): readonly string[] {
  const texts = columns.map((_, index) => `c${index} nvarchar(max) null`);
  const values = columns.map(({ column, type }) => `${identifier(column.column)} ${type.sql} null`);
  return [
    `create table ${TEXTS} (_row nvarchar(20) not null${texts.map((item) => `, ${item}`).join("")})`,
    `create table ${INCOMING} (${[...values, "_row bigint not null"].join(", ")})`,
  ];
}

export function mssqlDropDoubles(keys: readonly string[], keep: "first" | "last"): string {
  const list = keys.map((key) => identifier(key)).join(", ");
  const rank = `row_number() over (partition by ${list} order by _row ${keep === "first" ? "asc" : "desc"}) as _rank`;
  return `delete i from (select ${rank} from ${INCOMING}) i where i._rank > 1`;
}

/** Later than every version there is, whatever the clock says: a version must not end before it began. */
export function mssqlMoment(table: string): string {
  const latest = `max(t.${identifier(VALID_FROM_COLUMN)})`;
  return `select convert(nvarchar(40), case when ${latest} >= sysdatetimeoffset() then dateadd(microsecond, 1, ${latest}) else convert(datetimeoffset(6), sysdatetimeoffset()) end, 121) as at from ${table} t`;
}

/** The target is locked first (`top (0)` would not touch it): nobody else writes, and readers of snapshots (`read_committed_snapshot`) are not kept waiting. */
export function mssqlWrite(
  table: string,
  shape: WriteShape,
): readonly { readonly sql: string; readonly counts?: keyof WrittenRows | "replaced" | "merged" }[] {
  return [{ sql: `select top (1) 1 as locked from ${table} with (tablockx, holdlock)` }, ...writeSteps(mssqlDialect, shape)];
}

async function writeSteppedRows(session: BulkSession, table: string, shape: WriteShape): Promise<WrittenRows> {
  const counts = { inserted: 0, updated: 0, replaced: 0, merged: 0, deleted: 0, missing: 0 };
  for (const step of mssqlWrite(table, shape)) {
    const touched = await session.execute(step.sql);
    if (step.counts !== undefined) counts[step.counts] += touched;
  }
  const { inserted, updated, replaced, deleted, missing } = counts;
  return { inserted: inserted - replaced, updated: updated + replaced, deleted, missing };
}

/** Tables of MS SQL Server. */
export function mssqlTables(session: BulkSession): TableAccess {
  const nameOf = (entity: EntityDefinition): string => identifier(entity.schema, entity.table);
  return {
    exists: async (entity) => {
      const [row] = await session.query(`select case when object_id(${literal(nameOf(entity))}) is null then 0 else 1 end as there`);
      return row?.["there"] === "1";
    },
    columns: async (entity) => {
      const rows = await session.query(
        `select c.name, type_name(c.user_type_id) as type from sys.columns c where c.object_id = object_id(${literal(nameOf(entity))}) order by c.column_id`,
      );
      return new Map(rows.map((row) => [row["name"] ?? "", row["type"] ?? ""]));
    },
    makeSchema: async ({ schema }) =>
      void (await session.execute(`if schema_id(${literal(schema)}) is null exec(${literal(`create schema ${identifier(schema)}`)})`)),
    createStatements: mssqlCreateTable,
    addStatements: mssqlAddColumns,
    run: async (statement) => void (await session.execute(statement)),
  };
}

const SYSTEM_TYPES: { readonly [type: string]: string } = { uuid: "uniqueidentifier", timestamptz: "datetimeoffset(6)" };

function systemType(type: string): string {
  return SYSTEM_TYPES[type] ?? type;
}

/** `create table` of the entity as the flow needs it. */
export function mssqlCreateTable(flow: FlowDefinition, entity: EntityDefinition, added: readonly EntityColumn[]): readonly string[] {
  const keys = isHistory(flow) ? flow.keys : entity.primaryKey;
  const described = [...entity.columns, ...added].map((column) => {
    const isKey = keys.includes(column.column) || column.unique;
    const isRequired = column.required || keys.includes(column.column);
    return `${identifier(column.column)} ${mssqlType(column, isKey).sql} ${isRequired ? "not null" : "null"}`;
  });
  const system = systemColumns(flow).map(
    ({ name, type, isRequired }) => `${identifier(name)} ${systemType(type)} ${isRequired ? "not null" : "null"}`,
  );
  const keyColumns = isHistory(flow) ? [...keys, VALID_FROM_COLUMN] : keys;
  const primaryKey = keyColumns.length === 0 ? [] : [`primary key (${keyColumns.map((key) => identifier(key)).join(", ")})`];
  const statements = [`create table ${identifier(entity.schema, entity.table)} (${[...described, ...system, ...primaryKey].join(", ")})`];
  if (isHistory(flow)) return statements;
  // a unique constraint of SQL Server takes NULL once only; a filtered index takes it as often as PostgreSQL does
  for (const column of entity.columns.filter(({ unique }) => unique)) {
    const name = identifier(column.column);
    statements.push(
      `create unique index ${identifier(`${entity.table}_${column.column}_once`)} on ${identifier(entity.schema, entity.table)} (${name}) where ${name} is not null`,
    );
  }
  return statements;
}

export function mssqlAddColumns(flow: FlowDefinition, entity: EntityDefinition, { columns, system }: MissingColumns): readonly string[] {
  const additions = [
    ...columns.map((column) => `${identifier(column.column)} ${mssqlType(column, false).sql} null`),
    ...systemColumns(flow)
      .filter(({ name }) => system.includes(name))
      .map(({ name, type }) => `${identifier(name)} ${systemType(type)} null`),
  ];
  return additions.length === 0 ? [] : [`alter table ${identifier(entity.schema, entity.table)} add ${additions.join(", ")}`];
}
