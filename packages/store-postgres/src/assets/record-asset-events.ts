import type { ChangeEvent } from "@polyflow/contracts";
import type { NewAssetEvent } from "@polyflow/store";
import type { Transaction } from "../database.ts";
import type { TaskEventRow } from "../runs/run-row.ts";
import { statement } from "../statement.ts";

/** Parameters: updates as JSON, now. Assets that nobody has declared yet come into being with their first update. */
const ADD_UNKNOWN_ASSETS = statement(
  "add_unknown_assets",
  `insert into polyflow.asset (name, uri, group_name, extra, created_at, updated_at)
   select distinct on (event.name) event.name, event.uri, event."group", '{}'::json, $2::timestamptz, $2::timestamptz
   from json_to_recordset($1::json) as event (name text, uri text, "group" text)
   order by event.name
   on conflict (name) do nothing`,
);

/** Parameters: updates as JSON. What was updated through an alias belongs to it from then on. */
const LINK_ALIASES = statement(
  "link_aliases",
  `insert into polyflow.asset_alias_target (asset_alias_id, asset_id)
   select distinct alias.asset_alias_id, asset.asset_id
   from json_to_recordset($1::json) as event (name text, alias text)
   join polyflow.asset on asset.name = event.name
   join polyflow.asset_alias alias on alias.name = event.alias
   on conflict do nothing`,
);

/**
 * Parameters: updates as JSON, now, DAG, run, task, map index (all four null from outside). Result: the assets that were updated.
 * Each update is queued for every DAG that is scheduled by its asset or by an alias for it, is there and not paused: one that is paused does
 * not make up for what it missed, as in Airflow.
 */
const RECORD_EVENTS = statement(
  "record_asset_events",
  `with made as (
     insert into polyflow.asset_event (
       asset_id, at, extra, source_dag_id, source_run_id, source_task_id, source_map_index, source_alias
     )
     select asset.asset_id, $2::timestamptz, event.extra, $3, $4, $5, $6, event.alias
     from json_to_recordset($1::json) as event (name text, extra json, alias text)
     join polyflow.asset on asset.name = event.name
     returning asset_event_id, asset_id
   ),
   queued as (
     insert into polyflow.asset_queue (dag_id, asset_event_id, asset_id, created_at)
     select distinct use.dag_id, made.asset_event_id, made.asset_id, $2::timestamptz
     from made
     join polyflow.asset_use use on use.role = 'schedule' and (
       use.asset_id = made.asset_id
       or use.asset_alias_id in (select target.asset_alias_id from polyflow.asset_alias_target target where target.asset_id = made.asset_id)
     )
     join polyflow.dag on dag.dag_id = use.dag_id and dag.is_active and not dag.is_paused
   )
   select made.asset_event_id as "eventId", asset.asset_id as "assetId", asset.name from made join polyflow.asset using (asset_id)`,
);

export type RecordedEvent = { readonly eventId: number; readonly assetId: number; readonly name: string };

type Source = Pick<TaskEventRow, "dagId" | "runId" | "taskId" | "mapIndex">;

export interface EventFacts {
  /** Undefined: from outside. */
  readonly source: Source | undefined;
  readonly now: Date;
}

/** Writes updates of assets and queues them for the DAGs that wait for them. @returns hints to be emitted after the commit. */
export async function recordAssetEvents(
  transaction: Transaction,
  updates: readonly NewAssetEvent[],
  facts: EventFacts,
): Promise<readonly ChangeEvent[]> {
  const recorded = await insertEvents(transaction, updates, facts);
  return recorded.map(({ assetId, name }) => ({ kind: "asset_event", assetId, name }));
}

export async function insertEvents(
  transaction: Transaction,
  updates: readonly NewAssetEvent[],
  { source, now }: EventFacts,
): Promise<readonly RecordedEvent[]> {
  const json = JSON.stringify(updates);
  const [, , recorded] = await Promise.all([
    transaction.query(ADD_UNKNOWN_ASSETS, [json, now]),
    updates.some((update) => update.alias !== null) ? transaction.query(LINK_ALIASES, [json]) : [],
    transaction.query<RecordedEvent>(RECORD_EVENTS, [
      json,
      now,
      source?.dagId ?? null,
      source?.runId ?? null,
      source?.taskId ?? null,
      source?.mapIndex ?? null,
    ]),
  ]);
  return recorded;
}
