if schema_id(N'df') is null exec(N'create schema [df]');
if object_id(N'[df].schema_migration') is null create table [df].schema_migration (version int not null primary key, name nvarchar(200) not null, applied_at datetimeoffset(6) not null default sysdatetimeoffset());
create table [df].load_ledger (
         load_id uniqueidentifier not null primary key nonclustered,
         flow nvarchar(200) collate Latin1_General_BIN2 not null,
         target nvarchar(300) collate Latin1_General_BIN2 not null,
         target_schema nvarchar(200) collate Latin1_General_BIN2 not null,
         target_table nvarchar(200) collate Latin1_General_BIN2 not null,
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
       );
create clustered index load_ledger_latest on [df].load_ledger (target, finished_at desc);
create unique index load_ledger_once on [df].load_ledger (target, flow, fingerprint, definition_hash, slice) where status = 'loaded' and mode = 'append';
create index load_ledger_flow on [df].load_ledger (flow, finished_at desc);
create table [df].reject (
         reject_id bigint identity(1, 1) not null primary key nonclustered,
         load_id uniqueidentifier not null,
         flow nvarchar(200) collate Latin1_General_BIN2 not null,
         [file] nvarchar(1000) not null,
         row_number bigint not null,
         column_name nvarchar(400) not null,
         raw_value nvarchar(max) null,
         reason nvarchar(2000) not null,
         record nvarchar(max) not null,
         action nvarchar(20) not null default 'rejected' check (action in ('rejected', 'value_discarded')),
         at datetimeoffset(6) not null default sysdatetimeoffset()
       );
create clustered index reject_load on [df].reject (load_id, row_number);
create table [df].rule_result (
         load_id uniqueidentifier not null,
         target nvarchar(300) collate Latin1_General_BIN2 not null,
         [rule] nvarchar(200) collate Latin1_General_BIN2 not null,
         metric nvarchar(50) not null,
         column_name nvarchar(400) null,
         severity nvarchar(20) not null,
         status nvarchar(20) not null,
         expected nvarchar(400) not null,
         actual float not null,
         unit nvarchar(20) not null,
         note nvarchar(1000) null,
         at datetimeoffset(6) not null default sysdatetimeoffset()
       );
create clustered index rule_result_history on [df].rule_result (target, [rule], at desc);
insert into [df].schema_migration (version, name) values (1, N'ledger, rejects, rule results');
create table [df].load_cursor (
         target nvarchar(300) collate Latin1_General_BIN2 not null,
         flow nvarchar(200) collate Latin1_General_BIN2 not null,
         column_name nvarchar(200) collate Latin1_General_BIN2 not null,
         value nvarchar(200) not null,
         load_id uniqueidentifier not null,
         moved_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key (target, flow, column_name)
       );
create table [df].drift (
         drift_id bigint identity(1, 1) not null primary key,
         flow nvarchar(200) collate Latin1_General_BIN2 not null,
         target nvarchar(300) collate Latin1_General_BIN2 not null,
         source nvarchar(200) collate Latin1_General_BIN2 not null,
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
       );
create table [df].rule_sample (
         load_id uniqueidentifier not null,
         target nvarchar(300) collate Latin1_General_BIN2 not null,
         [rule] nvarchar(200) collate Latin1_General_BIN2 not null,
         position int not null,
         record nvarchar(max) not null,
         primary key (load_id, [rule], position)
       );
insert into [df].schema_migration (version, name) values (2, N'cursors, drift, rule samples');
create table [df].source_state (
         target nvarchar(300) collate Latin1_General_BIN2 not null,
         flow nvarchar(200) collate Latin1_General_BIN2 not null,
         state nvarchar(max) not null,
         load_id uniqueidentifier not null,
         moved_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key (target, flow)
       );
create table [df].loaded_message (
         flow nvarchar(200) collate Latin1_General_BIN2 not null,
         message_id nvarchar(200) collate Latin1_General_BIN2 not null,
         load_id uniqueidentifier not null,
         loaded_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key (flow, message_id)
       );
insert into [df].schema_migration (version, name) values (3, N'state of sources, messages that were loaded');
create table [df].entity (
         project nvarchar(200) collate Latin1_General_BIN2 not null,
         parent nvarchar(200) collate Latin1_General_BIN2 not null,
         name nvarchar(200) collate Latin1_General_BIN2 not null,
         position int not null,
         definition nvarchar(max) not null,
         changed_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key nonclustered (project, parent, name)
       );
create table [df].entity_column (
         project nvarchar(200) collate Latin1_General_BIN2 not null,
         parent nvarchar(200) collate Latin1_General_BIN2 not null,
         name nvarchar(200) collate Latin1_General_BIN2 not null,
         position int not null,
         definition nvarchar(max) not null,
         changed_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key nonclustered (project, parent, name)
       );
create table [df].source (
         project nvarchar(200) collate Latin1_General_BIN2 not null,
         parent nvarchar(200) collate Latin1_General_BIN2 not null,
         name nvarchar(200) collate Latin1_General_BIN2 not null,
         position int not null,
         definition nvarchar(max) not null,
         changed_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key nonclustered (project, parent, name)
       );
create table [df].source_field (
         project nvarchar(200) collate Latin1_General_BIN2 not null,
         parent nvarchar(200) collate Latin1_General_BIN2 not null,
         name nvarchar(200) collate Latin1_General_BIN2 not null,
         position int not null,
         definition nvarchar(max) not null,
         changed_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key nonclustered (project, parent, name)
       );
create table [df].flow (
         project nvarchar(200) collate Latin1_General_BIN2 not null,
         parent nvarchar(200) collate Latin1_General_BIN2 not null,
         name nvarchar(200) collate Latin1_General_BIN2 not null,
         position int not null,
         definition nvarchar(max) not null,
         changed_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key nonclustered (project, parent, name)
       );
create table [df].quality_rule (
         project nvarchar(200) collate Latin1_General_BIN2 not null,
         parent nvarchar(200) collate Latin1_General_BIN2 not null,
         name nvarchar(200) collate Latin1_General_BIN2 not null,
         position int not null,
         definition nvarchar(max) not null,
         changed_at datetimeoffset(6) not null default sysdatetimeoffset(),
         primary key nonclustered (project, parent, name)
       );
insert into [df].schema_migration (version, name) values (4, N'descriptions of entities, sources, flows and rules');
