import { type AssetReference, assetsOfCondition, type DagSpec } from "@polyflow/contracts";
import type { Transaction } from "../database.ts";
import { statement } from "../statement.ts";

/** Parameters: assets as JSON, now. What a file says of an asset last is kept. Locks: asset, by name. */
const SAVE_ASSETS = statement(
  "save_assets",
  `insert into polyflow.asset as known (name, uri, group_name, extra, created_at, updated_at)
   select name, uri, "group", extra, $2::timestamptz, $2::timestamptz
   from json_to_recordset($1::json) as asset (name text, uri text, "group" text, extra json)
   order by name
   on conflict (name) do update set uri = excluded.uri, group_name = excluded.group_name, extra = excluded.extra, updated_at = excluded.updated_at
   where (known.uri, known.group_name, known.extra::text) is distinct from (excluded.uri, excluded.group_name, excluded.extra::text)`,
);

/** Parameters: aliases as JSON. Locks: asset_alias, by name. */
const SAVE_ALIASES = statement(
  "save_asset_aliases",
  `insert into polyflow.asset_alias (name, group_name)
   select name, "group" from json_to_recordset($1::json) as alias (name text, "group" text) order by name
   on conflict (name) do update set group_name = excluded.group_name`,
);

/** Parameters: DAG id, uses as JSON. What the DAG no longer uses; the updates that wait for a schedule it does not have any more go too. */
const FORGET_USES = statement(
  "forget_asset_uses",
  `with given as (
     select use.role, use.task_id, asset.asset_id, alias.asset_alias_id
     from json_to_recordset($2::json) as use (role text, task_id text, kind text, name text)
     left join polyflow.asset on use.kind = 'asset' and asset.name = use.name
     left join polyflow.asset_alias alias on use.kind = 'alias' and alias.name = use.name
   ),
   forgotten as (
     delete from polyflow.asset_use former
     where former.dag_id = $1 and not exists (
       select from given
       where given.role = former.role and given.task_id = former.task_id and given.asset_id is not distinct from former.asset_id
         and given.asset_alias_id is not distinct from former.asset_alias_id
     )
     returning role
   )
   delete from polyflow.asset_queue where dag_id = $1 and exists (select from forgotten where role = 'schedule')`,
);

/** Parameters: DAG id, uses as JSON, now. */
const SAVE_USES = statement(
  "save_asset_uses",
  `insert into polyflow.asset_use (dag_id, role, task_id, asset_id, asset_alias_id, created_at)
   select $1, use.role, use.task_id, asset.asset_id, alias.asset_alias_id, $3::timestamptz
   from json_to_recordset($2::json) as use (role text, task_id text, kind text, name text)
   left join polyflow.asset on use.kind = 'asset' and asset.name = use.name
   left join polyflow.asset_alias alias on use.kind = 'alias' and alias.name = use.name
   on conflict do nothing`,
);

interface Use {
  readonly role: "schedule" | "outlet" | "inlet";
  readonly task_id: string;
  readonly kind: AssetReference["kind"];
  readonly name: string;
}

/** Whether the DAG waits for assets, or one of its tasks names some. */
export function usesAssets({ schedule, tasks }: DagSpec): boolean {
  const isTask = ({ outlets, inlets }: DagSpec["tasks"][number]): boolean => (outlets?.length ?? 0) + (inlets?.length ?? 0) > 0;
  return schedule.kind === "asset" || schedule.kind === "asset_or_time" || tasks.some(isTask);
}

/** Brings assets, and what the DAG uses of them, in line with its newest version. */
export async function publishAssets(transaction: Transaction, spec: DagSpec, now: Date): Promise<void> {
  const uses: Use[] = [];
  const references = new Map<string, AssetReference>();
  const add = (role: Use["role"], taskId: string, reference: AssetReference): void => {
    const { kind, name } = reference;
    references.set(`${kind} ${name}`, reference);
    if (!uses.some((use) => use.role === role && use.task_id === taskId && use.kind === kind && use.name === name)) {
      uses.push({ role, task_id: taskId, kind, name });
    }
  };
  const { schedule } = spec;
  if (schedule.kind === "asset" || schedule.kind === "asset_or_time") {
    for (const reference of assetsOfCondition(schedule.condition)) add("schedule", "", reference);
  }
  for (const { taskId, outlets = [], inlets = [] } of spec.tasks) {
    for (const reference of outlets) add("outlet", taskId, reference);
    for (const reference of inlets) add("inlet", taskId, reference);
  }
  const of = (kind: AssetReference["kind"]) => [...references.values()].filter((reference) => reference.kind === kind);
  if (of("asset").length > 0) await transaction.query(SAVE_ASSETS, [JSON.stringify(of("asset")), now]);
  if (of("alias").length > 0) await transaction.query(SAVE_ALIASES, [JSON.stringify(of("alias"))]);
  await transaction.query(FORGET_USES, [spec.dagId, JSON.stringify(uses)]);
  if (uses.length > 0) await transaction.query(SAVE_USES, [spec.dagId, JSON.stringify(uses), now]);
}
