-- append
insert into "sales"."orders" ("id", "day", "note", "_load_id", "_loaded_at") select i."id", i."day", i."note", '00000000-0000-4000-8000-000000000001'::uuid, @now from incoming i;  -- inserted

-- new_only
insert into "sales"."orders" ("id", "day", "note", "_load_id", "_loaded_at") select i."id", i."day", i."note", '00000000-0000-4000-8000-000000000001'::uuid, @now from (select i.*, md5(row(i."id", i."day", i."note")::text) as _digest, row_number() over (partition by md5(row(i."id", i."day", i."note")::text) order by (select null)) as _twin from incoming i) i where not exists (select 1 from (select md5(row(t."id", t."day", t."note")::text) as _digest, row_number() over (partition by md5(row(t."id", t."day", t."note")::text) order by (select null)) as _twin from "sales"."orders" t) t where t._digest = i._digest and t._twin = i._twin);  -- inserted

-- replace
delete from "sales"."orders";  -- deleted
insert into "sales"."orders" ("id", "day", "note", "_load_id", "_loaded_at") select i."id", i."day", i."note", '00000000-0000-4000-8000-000000000001'::uuid, @now from incoming i;  -- inserted

-- insert_only
insert into "sales"."orders" ("id", "day", "note", "_load_id", "_loaded_at") select i."id", i."day", i."note", '00000000-0000-4000-8000-000000000001'::uuid, @now from incoming i where not exists (select 1 from "sales"."orders" t where t."id" = i."id");  -- inserted

-- upsert
update "sales"."orders" t set "day" = i."day", "note" = i."note", "_load_id" = '00000000-0000-4000-8000-000000000001'::uuid, "_loaded_at" = @now from incoming i where t."id" = i."id" and row(t."day", t."note") is distinct from row(i."day", i."note");  -- updated
insert into "sales"."orders" ("id", "day", "note", "_load_id", "_loaded_at") select i."id", i."day", i."note", '00000000-0000-4000-8000-000000000001'::uuid, @now from incoming i where not exists (select 1 from "sales"."orders" t where t."id" = i."id");  -- inserted

-- upsert, missing deleted
update "sales"."orders" t set "day" = i."day", "note" = i."note", "_load_id" = '00000000-0000-4000-8000-000000000001'::uuid, "_loaded_at" = @now from incoming i where t."id" = i."id" and row(t."day", t."note") is distinct from row(i."day", i."note");  -- updated
insert into "sales"."orders" ("id", "day", "note", "_load_id", "_loaded_at") select i."id", i."day", i."note", '00000000-0000-4000-8000-000000000001'::uuid, @now from incoming i where not exists (select 1 from "sales"."orders" t where t."id" = i."id");  -- inserted
delete from "sales"."orders" t where not exists (select 1 from incoming i where t."id" = i."id");  -- missing

-- upsert, missing marked
update "sales"."orders" t set "day" = i."day", "note" = i."note", "_deleted_at" = null, "_load_id" = '00000000-0000-4000-8000-000000000001'::uuid, "_loaded_at" = @now from incoming i where t."id" = i."id" and (row(t."day", t."note") is distinct from row(i."day", i."note") or t."_deleted_at" is not null);  -- updated
insert into "sales"."orders" ("id", "day", "note", "_load_id", "_loaded_at") select i."id", i."day", i."note", '00000000-0000-4000-8000-000000000001'::uuid, @now from incoming i where not exists (select 1 from "sales"."orders" t where t."id" = i."id");  -- inserted
update "sales"."orders" t set "_deleted_at" = @now, "_load_id" = '00000000-0000-4000-8000-000000000001'::uuid, "_loaded_at" = @now where t."_deleted_at" is null and not exists (select 1 from incoming i where t."id" = i."id");  -- missing

-- delete_insert
delete from "sales"."orders" t using incoming i where t."id" = i."id" and row(t."day", t."note") is distinct from row(i."day", i."note");  -- replaced
insert into "sales"."orders" ("id", "day", "note", "_load_id", "_loaded_at") select i."id", i."day", i."note", '00000000-0000-4000-8000-000000000001'::uuid, @now from incoming i where not exists (select 1 from "sales"."orders" t where t."id" = i."id");  -- inserted

-- scd2, missing ended
update "sales"."orders" t set "_valid_to" = @now from incoming i where t."id" = i."id" and t."_valid_to" is null and row(t."day", t."note") is distinct from row(i."day", i."note");  -- replaced
insert into "sales"."orders" ("id", "day", "note", "_load_id", "_loaded_at", "_valid_from") select i."id", i."day", i."note", '00000000-0000-4000-8000-000000000001'::uuid, @now, @now from incoming i where not exists (select 1 from "sales"."orders" t where t."id" = i."id" and t."_valid_to" is null);  -- inserted
update "sales"."orders" t set "_valid_to" = @now where t."_valid_to" is null and not exists (select 1 from incoming i where t."id" = i."id");  -- missing

-- partition
delete from "sales"."orders" t using (select distinct s."day" from incoming s) i where t."day" = i."day";  -- deleted
delete from "sales"."orders" t using (select distinct s."day" from incoming s where s."day" is null) i where (t."day" is null) and (t."day" = i."day" or t."day" is null and i."day" is null);  -- deleted
insert into "sales"."orders" ("id", "day", "note", "_load_id", "_loaded_at") select i."id", i."day", i."note", '00000000-0000-4000-8000-000000000001'::uuid, @now from incoming i;  -- inserted
