import { statement } from "../statement.ts";

/** Instants in JSON as JavaScript writes them. */
const AT = `to_char(event.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const EVENT_COLUMNS = `
  asset.name, asset.uri, ${AT} as at, event.extra, event.source_dag_id as "sourceDagId", event.source_run_id as "sourceRunId",
  event.source_task_id as "sourceTaskId", event.source_map_index as "sourceMapIndex"`;

/** Subquery: the events that the run `run` answers, as a JSON list of AssetEvent, oldest first; null: none. */
export const TRIGGERING_EVENTS = `
  select json_agg(answered order by answered.at)
  from (
    select ${EVENT_COLUMNS}
    from polyflow.dag_run_asset_event consumed
    join polyflow.asset_event event using (asset_event_id)
    join polyflow.asset using (asset_id)
    where consumed.dag_run_id = run.dag_run_id
  ) answered`;

/** Parameters: name of an asset, limit. Result: its newest events as AssetEvent. */
export const NEWEST_EVENTS = statement(
  "newest_asset_events",
  `select ${EVENT_COLUMNS}
   from polyflow.asset join polyflow.asset_event event using (asset_id)
   where asset.name = $1
   order by event.asset_event_id desc
   limit $2`,
);
