import { mssqlDialect } from "../target/strategy/mssql-dialect.ts";
import type { Migration } from "../target/system-migrations.ts";

const DESCRIBED = ["entity", "entity_column", "source", "source_field", "flow", "quality_rule"];
/** Names are compared as they are written, whatever the collation of the database: `Sales` is not `sales`. */
const NAME = "nvarchar(200) collate Latin1_General_BIN2";
const TARGET = "nvarchar(300) collate Latin1_General_BIN2";

/** The system tables in T-SQL; numbers and contents as in PostgreSQL's migrations. Append only. */
export const MSSQL_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "ledger, rejects, rule results",
    statements: (schema) => [
      `create table ${schema}.load_ledger (
         load_id uniqueidentifier not null primary key nonclustered,
         flow ${NAME} not null,
         target ${TARGET} not null,
         target_schema ${NAME} not null,
         target_table ${NAME} not null,
         mode nvarchar(20) not null,
         fingerprint char(64) not null,
         definition_hash char(64) not null,
         slice nvarchar(200) not null,
         status nvarchar(20) not null check (status in ('loaded', 'failed', 'superseded')),
         source_file nvarchar(1000) not null,
         source_bytes bigint not null,
         rows_read bigint not null,
         rows_loaded bigint not null,
         rows_rejected bigint not null,
         rows_filtered bigint not null,
         rows_target bigint not null,
         rows_inserted bigint not null,
         rows_updated bigint not null,
         rows_unchanged bigint not null,
         rows_deleted bigint not null,
         interval_from nvarchar(100) null,
         interval_to nvarchar(100) null,
         cursor_before nvarchar(200) null,
         cursor_after nvarchar(200) null,
         report nvarchar(max) not null,
         error nvarchar(max) null,
         started_at datetimeoffset(6) not null,
         finished_at datetimeoffset(6) not null default sysdatetimeoffset()
       )`,
      `create clustered index load_ledger_latest on ${schema}.load_ledger (target, finished_at desc)`,
      // an append that happens twice doubles rows: the database itself refuses it
      `create unique index load_ledger_once on ${schema}.load_ledger (target, flow, fingerprint, definition_hash, slice) where status = 'loaded' and mode = 'append'`,
      `create index load_ledger_flow on ${schema}.load_ledger (flow, finished_at desc)`,
      `create table ${schema}.reject (
         reject_id bigint identity(1, 1) not null primary key nonclustered,
         load_id uniqueidentifier not null,
         flow ${NAME} not null,
         [file] nvarchar(1000) not null,
         row_number bigint not null,
         column_name nvarchar(400) not null,
         raw_value nvarchar(max) null,
         reason nvarchar(2000) not null,
         record nvarchar(max) not null,
         action nvarchar(20) not null default 'rejected' check (action in ('rejected', 'value_discarded')),
         at datetimeoffset(6) not null default sysdatetimeoffset()
       )`,
      `create clustered index reject_load on ${schema}.reject (load_id, row_number)`,
      `create table ${schema}.rule_result (
         load_id uniqueidentifier not null,
         target ${TARGET} not null,
         [rule] ${NAME} not null,
         metric nvarchar(50) not null,
         column_name nvarchar(400) null,
         severity nvarchar(20) not null,
         status nvarchar(20) not null,
         expected nvarchar(400) not null,
         actual float not null,
         unit nvarchar(20) not null,
         note nvarchar(1000) null,
         at datetimeoffset(6) not null default sysdatetimeoffset()
       )`,
      `create clustered index rule_result_history on ${schema}.rule_result (target, [rule], at desc)`,
    ],
  },
  {
    version: 2,
    name: "cursors, drift, rule samples",
    statements: (schema) => [
      `create table ${schema}.load_cursor (
         target ${TARGET} not null,
         flow ${NAME} not null,
         column_name ${NAME} not null,
         value nvarchar(200) not null,
         load_id uniqueidentifier not null,
         moved_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key (target, flow, column_name)
       )`,
      `create table ${schema}.drift (
         drift_id bigint identity(1, 1) not null primary key,
         flow ${NAME} not null,
         target ${TARGET} not null,
         source ${NAME} not null,
         kind nvarchar(50) not null,
         column_name nvarchar(400) not null,
         before nvarchar(1000) null,
         after nvarchar(1000) null,
         action nvarchar(50) not null,
         state nvarchar(20) not null default 'open' check (state in ('open', 'accepted', 'dismissed')),
         load_id uniqueidentifier not null,
         times int not null default 1,
         found_at datetimeoffset(6) not null default sysdatetimeoffset(),
         last_found_at datetimeoffset(6) not null default sysdatetimeoffset(),
         decided_at datetimeoffset(6) null
       )`,
      `create table ${schema}.rule_sample (
         load_id uniqueidentifier not null,
         target ${TARGET} not null,
         [rule] ${NAME} not null,
         position int not null,
         record nvarchar(max) not null,
         primary key (load_id, [rule], position)
       )`,
    ],
  },
  {
    version: 3,
    name: "state of sources, messages that were loaded",
    statements: (schema) => [
      `create table ${schema}.source_state (
         target ${TARGET} not null,
         flow ${NAME} not null,
         state nvarchar(max) not null,
         load_id uniqueidentifier not null,
         moved_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key (target, flow)
       )`,
      `create table ${schema}.loaded_message (
         flow ${NAME} not null,
         message_id nvarchar(200) collate Latin1_General_BIN2 not null,
         load_id uniqueidentifier not null,
         loaded_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key (flow, message_id)
       )`,
    ],
  },
  {
    version: 4,
    name: "descriptions of entities, sources, flows and rules",
    statements: (schema) =>
      DESCRIBED.map(
        (table) => `create table ${schema}.${table} (
         project ${NAME} not null,
         parent ${NAME} not null,
         name ${NAME} not null,
         position int not null,
         definition nvarchar(max) not null,
         changed_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key nonclustered (project, parent, name)
       )`,
      ),
  },
];

/**
 * What builds the system tables from one version on, in the order to run it.
 * @param schemaName not quoted
 */
export function mssqlMigrationStatements(schemaName: string, from: number): readonly string[] {
  const schema = mssqlDialect.identifier(schemaName);
  const literal = (text: string): string => mssqlDialect.literal(text);
  return [
    `if schema_id(${literal(schemaName)}) is null exec(${literal(`create schema ${schema}`)})`,
    `if object_id(${literal(`${schema}.schema_migration`)}) is null create table ${schema}.schema_migration (version int not null primary key, name nvarchar(200) not null, applied_at datetimeoffset(6) not null default sysdatetimeoffset())`,
    ...MSSQL_MIGRATIONS.filter(({ version }) => version > from).flatMap((migration) => [
      ...migration.statements(schema),
      `insert into ${schema}.schema_migration (version, name) values (${migration.version}, ${literal(migration.name)})`,
    ]),
  ];
}
