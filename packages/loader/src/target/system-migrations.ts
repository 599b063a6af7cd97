/** One step of the system schema. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** @param schema quoted */
  readonly statements: (schema: string) => readonly string[];
}

/** Append only: a migration that has been released never changes. */
export const MIGRATIONS: readonly Migration[] = [
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
  {
    version: 2,
    name: "cursors, slices, drift, rule samples, profiles, state of rejects",
    statements: (schema) => [
      `alter table ${schema}.load_ledger
         add column interval_from text,
         add column interval_to text,
         add column cursor_before text,
         add column cursor_after text,
         add column rows_inserted bigint not null default 0,
         add column rows_updated bigint not null default 0,
         add column rows_unchanged bigint not null default 0,
         add column rows_deleted bigint not null default 0,
         add column started_at timestamptz`,
      `create index load_ledger_flow on ${schema}.load_ledger (flow, finished_at desc)`,
      `alter table ${schema}.reject
         add column reject_id bigint generated always as identity,
         add column action text not null default 'rejected' check (action in ('rejected', 'value_discarded')),
         add column state text not null default 'open' check (state in ('open', 'fixed', 'replayed', 'dismissed')),
         add column fixed_record jsonb,
         add column replay_load_id uuid`,
      `create unique index reject_key on ${schema}.reject (reject_id)`,
      `create table ${schema}.load_cursor (
         target text not null,
         flow text not null,
         column_name text not null,
         value text not null,
         load_id uuid not null,
         moved_at timestamptz not null default clock_timestamp(),
         primary key (target, flow, column_name)
       )`,
      `create table ${schema}.drift (
         drift_id bigint generated always as identity primary key,
         flow text not null,
         target text not null,
         source text not null,
         kind text not null,
         column_name text not null,
         before text,
         after text,
         action text not null,
         state text not null default 'open' check (state in ('open', 'accepted', 'dismissed')),
         load_id uuid not null,
         times integer not null default 1,
         found_at timestamptz not null default clock_timestamp(),
         last_found_at timestamptz not null default clock_timestamp(),
         decided_at timestamptz
       )`,
      `create unique index drift_open on ${schema}.drift (flow, target, kind, column_name, coalesce(after, '')) where state = 'open'`,
      `create table ${schema}.rule_sample (
         load_id uuid not null,
         target text not null,
         rule text not null,
         position integer not null,
         record jsonb not null,
         primary key (load_id, rule, position)
       )`,
      `create table ${schema}.profile (
         load_id uuid not null,
         target text not null,
         column_name text not null,
         profile jsonb not null,
         at timestamptz not null default clock_timestamp(),
         primary key (load_id, target, column_name)
       )`,
      `create index profile_history on ${schema}.profile (target, column_name, at desc)`,
      `alter table ${schema}.rule_result add column note text`,
      `comment on table ${schema}.load_cursor is 'How far incremental loads have come'`,
      `comment on table ${schema}.drift is 'Differences between metadata, files and tables that loads have met'`,
      `comment on table ${schema}.rule_sample is 'Rows that broke a quality rule, some of each load'`,
      `comment on table ${schema}.profile is 'Statistics of the columns after loads'`,
    ],
  },
  {
    version: 3,
    name: "state of sources, messages that were loaded",
    statements: (schema) => [
      `create table ${schema}.source_state (
         target text not null,
         flow text not null,
         state jsonb not null,
         load_id uuid not null,
         moved_at timestamptz not null default clock_timestamp(),
         primary key (target, flow)
       )`,
      `create table ${schema}.loaded_message (
         flow text not null,
         message_id text not null,
         load_id uuid not null,
         loaded_at timestamptz not null default now(),
         primary key (flow, message_id)
       )`,
      `create index loaded_message_age on ${schema}.loaded_message (flow, loaded_at)`,
      `comment on table ${schema}.source_state is 'How far databases, APIs and queues have been read'`,
      `comment on table ${schema}.loaded_message is 'Messages that were loaded and may be delivered again'`,
    ],
  },
  {
    version: 4,
    name: "descriptions of entities, sources, flows and rules",
    statements: (schema) =>
      ["entity", "entity_column", "source", "source_field", "flow", "quality_rule"].flatMap((table) => [
        `create table ${schema}.${table} (
           project text not null,
           parent text not null,
           name text not null,
           position integer not null,
           definition jsonb not null,
           changed_at timestamptz not null default clock_timestamp(),
           primary key (project, parent, name)
         )`,
        `comment on table ${schema}.${table} is 'As the metadata of projects describes it; df_populate_datadb writes it'`,
      ]),
  },
];
