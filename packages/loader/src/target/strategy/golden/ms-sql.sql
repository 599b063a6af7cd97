-- append
insert into [sales].[orders] ([id], [day], [note], [_load_id], [_loaded_at]) select i.[id], i.[day], i.[note], cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), @now from incoming i;  -- inserted

-- new_only
insert into [sales].[orders] ([id], [day], [note], [_load_id], [_loaded_at]) select i.[id], i.[day], i.[note], cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), @now from (select i.*, hashbytes('SHA2_256', concat(N'', iif(i.[id] is null, N'-', concat(datalength(i.[id]), N':', i.[id])), iif(i.[day] is null, N'-', concat(datalength(i.[day]), N':', i.[day])), iif(i.[note] is null, N'-', concat(datalength(i.[note]), N':', i.[note])))) as _digest, row_number() over (partition by hashbytes('SHA2_256', concat(N'', iif(i.[id] is null, N'-', concat(datalength(i.[id]), N':', i.[id])), iif(i.[day] is null, N'-', concat(datalength(i.[day]), N':', i.[day])), iif(i.[note] is null, N'-', concat(datalength(i.[note]), N':', i.[note])))) order by (select null)) as _twin from incoming i) i where not exists (select 1 from (select hashbytes('SHA2_256', concat(N'', iif(t.[id] is null, N'-', concat(datalength(t.[id]), N':', t.[id])), iif(t.[day] is null, N'-', concat(datalength(t.[day]), N':', t.[day])), iif(t.[note] is null, N'-', concat(datalength(t.[note]), N':', t.[note])))) as _digest, row_number() over (partition by hashbytes('SHA2_256', concat(N'', iif(t.[id] is null, N'-', concat(datalength(t.[id]), N':', t.[id])), iif(t.[day] is null, N'-', concat(datalength(t.[day]), N':', t.[day])), iif(t.[note] is null, N'-', concat(datalength(t.[note]), N':', t.[note])))) order by (select null)) as _twin from [sales].[orders] t) t where t._digest = i._digest and t._twin = i._twin);  -- inserted

-- replace
delete from [sales].[orders];  -- deleted
insert into [sales].[orders] ([id], [day], [note], [_load_id], [_loaded_at]) select i.[id], i.[day], i.[note], cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), @now from incoming i;  -- inserted

-- insert_only
insert into [sales].[orders] ([id], [day], [note], [_load_id], [_loaded_at]) select i.[id], i.[day], i.[note], cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), @now from incoming i where not exists (select 1 from [sales].[orders] t where t.[id] = i.[id]);  -- inserted

-- upsert
update t set [day] = i.[day], [note] = i.[note], [_load_id] = cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), [_loaded_at] = @now from [sales].[orders] t, incoming i where t.[id] = i.[id] and exists (select t.[day], t.[note] except select i.[day], i.[note]);  -- updated
insert into [sales].[orders] ([id], [day], [note], [_load_id], [_loaded_at]) select i.[id], i.[day], i.[note], cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), @now from incoming i where not exists (select 1 from [sales].[orders] t where t.[id] = i.[id]);  -- inserted

-- upsert, missing deleted
update t set [day] = i.[day], [note] = i.[note], [_load_id] = cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), [_loaded_at] = @now from [sales].[orders] t, incoming i where t.[id] = i.[id] and exists (select t.[day], t.[note] except select i.[day], i.[note]);  -- updated
insert into [sales].[orders] ([id], [day], [note], [_load_id], [_loaded_at]) select i.[id], i.[day], i.[note], cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), @now from incoming i where not exists (select 1 from [sales].[orders] t where t.[id] = i.[id]);  -- inserted
delete t from [sales].[orders] t where not exists (select 1 from incoming i where t.[id] = i.[id]);  -- missing

-- upsert, missing marked
update t set [day] = i.[day], [note] = i.[note], [_deleted_at] = null, [_load_id] = cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), [_loaded_at] = @now from [sales].[orders] t, incoming i where t.[id] = i.[id] and (exists (select t.[day], t.[note] except select i.[day], i.[note]) or t.[_deleted_at] is not null);  -- updated
insert into [sales].[orders] ([id], [day], [note], [_load_id], [_loaded_at]) select i.[id], i.[day], i.[note], cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), @now from incoming i where not exists (select 1 from [sales].[orders] t where t.[id] = i.[id]);  -- inserted
update t set [_deleted_at] = @now, [_load_id] = cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), [_loaded_at] = @now from [sales].[orders] t where t.[_deleted_at] is null and not exists (select 1 from incoming i where t.[id] = i.[id]);  -- missing

-- delete_insert
delete t from [sales].[orders] t, incoming i where t.[id] = i.[id] and exists (select t.[day], t.[note] except select i.[day], i.[note]);  -- replaced
insert into [sales].[orders] ([id], [day], [note], [_load_id], [_loaded_at]) select i.[id], i.[day], i.[note], cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), @now from incoming i where not exists (select 1 from [sales].[orders] t where t.[id] = i.[id]);  -- inserted

-- scd2, missing ended
update t set [_valid_to] = @now from [sales].[orders] t, incoming i where t.[id] = i.[id] and t.[_valid_to] is null and exists (select t.[day], t.[note] except select i.[day], i.[note]);  -- replaced
insert into [sales].[orders] ([id], [day], [note], [_load_id], [_loaded_at], [_valid_from]) select i.[id], i.[day], i.[note], cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), @now, @now from incoming i where not exists (select 1 from [sales].[orders] t where t.[id] = i.[id] and t.[_valid_to] is null);  -- inserted
update t set [_valid_to] = @now from [sales].[orders] t where t.[_valid_to] is null and not exists (select 1 from incoming i where t.[id] = i.[id]);  -- missing

-- partition
delete t from [sales].[orders] t, (select distinct s.[day] from incoming s) i where t.[day] = i.[day];  -- deleted
delete t from [sales].[orders] t, (select distinct s.[day] from incoming s where s.[day] is null) i where (t.[day] is null) and (t.[day] = i.[day] or t.[day] is null and i.[day] is null);  -- deleted
insert into [sales].[orders] ([id], [day], [note], [_load_id], [_loaded_at]) select i.[id], i.[day], i.[note], cast('00000000-0000-4000-8000-000000000001' as uniqueidentifier), @now from incoming i;  -- inserted
