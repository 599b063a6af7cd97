-- append
insert into `sales`.`orders` (`id`, `day`, `note`, `_load_id`, `_loaded_at`) select i.`id`, i.`day`, i.`note`, toUUID('00000000-0000-4000-8000-000000000001'), @now from incoming as i;

-- replace
drop table if exists `sales`.`orders__incoming`;
create table `sales`.`orders__incoming` as `sales`.`orders`;
insert into `sales`.`orders__incoming` (`id`, `day`, `note`, `_load_id`, `_loaded_at`) select i.`id`, i.`day`, i.`note`, toUUID('00000000-0000-4000-8000-000000000001'), @now from incoming as i;
exchange tables `sales`.`orders__incoming` and `sales`.`orders`;
drop table `sales`.`orders__incoming`;
