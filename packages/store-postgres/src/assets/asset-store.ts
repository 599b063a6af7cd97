import type { JsonObject } from "@polyflow/contracts";
import type {
  AssetAliasRecord,
  AssetEventFilter,
  AssetEventRecord,
  AssetFilter,
  AssetRecord,
  AssetStore,
  AssetUse,
  Page,
  QueuedAssetFilter,
  QueuedAssetRecord,
} from "@polyflow/store";
import { pagingText } from "../paging.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { insertEvents } from "./record-asset-events.ts";

/** Parameters: asset. */
const GET_ASSET = statement("get_asset", `select name, uri, group_name as "group" from polyflow.asset where asset_id = $1`);

/** Parameters: assets, readable DAGs or null. Result: what uses them, of DAGs that are there. */
const USES_OF = statement(
  "uses_of_assets",
  `select use.asset_id as "assetId", use.dag_id as "dagId", use.role, nullif(use.task_id, '') as "taskId", use.created_at as since
   from polyflow.asset_use use join polyflow.dag using (dag_id)
   where use.asset_id = any($1::bigint[]) and dag.is_active and ($2::text[] is null or use.dag_id = any($2))
   order by use.dag_id, use.role, use.task_id`,
);

/** Parameters: assets. */
const ALIASES_OF = statement(
  "aliases_of_assets",
  `select target.asset_id as "assetId", alias.asset_alias_id as "aliasId", alias.name, alias.group_name as "group"
   from polyflow.asset_alias_target target join polyflow.asset_alias alias using (asset_alias_id)
   where target.asset_id = any($1::bigint[])
   order by alias.name`,
);

/** Parameters: events, readable DAGs or null. Result: the runs that answered them. */
const RUNS_OF = statement(
  "runs_of_asset_events",
  `select answered.asset_event_id as "eventId", run.dag_id as "dagId", run.run_id as "runId", run.state, run.start_date as "startDate",
          run.end_date as "endDate"
   from polyflow.dag_run_asset_event answered join polyflow.dag_run run using (dag_run_id)
   where answered.asset_event_id = any($1::bigint[]) and ($2::text[] is null or run.dag_id = any($2))
   order by run.run_after`,
);

const ASSET_ORDERS = { name: "asset.name", "-name": "asset.name desc", id: "asset.asset_id", "-id": "asset.asset_id desc" } as const;

/** Whether a DAG that the caller may read uses the asset; parameter $1: readable DAGs or null. */
function isUsedBy(readable: string, also = ""): string {
  return `exists (
    select from polyflow.asset_use use join polyflow.dag using (dag_id)
    where (
        use.asset_id = asset.asset_id or use.asset_alias_id in (
          select target.asset_alias_id from polyflow.asset_alias_target target where target.asset_id = asset.asset_id
        )
      )
      and (${readable}::text[] is null or use.dag_id = any(${readable})) ${also}
  )`;
}

export function createAssetStore(context: StoreContext): AssetStore {
  return {
    listAssets: (filter) => listAssets(context, filter),
    listAliases: (filter) => listAliases(context, filter),
    listAssetEvents: (filter) => listAssetEvents(context, filter),
    createAssetEvent: (assetId, extra) => createAssetEvent(context, assetId, extra),
    listQueuedAssets: (filter) => listQueuedAssets(context, filter),
    deleteQueuedAssets: (filter) => deleteQueuedAssets(context, filter),
  };
}

type AssetRow = Omit<AssetRecord, "lastEvent" | "aliases" | "uses"> & {
  readonly lastEventId: number | null;
  readonly lastEventAt: Date | null;
};

async function listAssets(context: StoreContext, filter: AssetFilter): Promise<Page<AssetRecord>> {
  const { database } = context;
  const values = [
    filter.readableDagIds ?? null,
    filter.assetId ?? null,
    filter.namePattern ?? null,
    filter.uriPattern ?? null,
    filter.dagIds ?? null,
  ];
  const where = `
    where ($2::bigint is null or asset.asset_id = $2) and ($3::text is null or asset.name ilike $3) and ($4::text is null or asset.uri ilike $4)
      and ($5::text[] is null or ${isUsedBy("$5")})
      and ($1::text[] is null or ${isUsedBy("$1")})
      ${filter.onlyActive === false ? "" : `and ${isUsedBy("null", "and dag.is_active")}`}`;
  const [totals, rows] = await Promise.all([
    database.queryText<{ total: number }>(`select count(*) as total from polyflow.asset ${where}`, values),
    database.queryText<AssetRow>(
      `select asset.asset_id as "assetId", asset.name, asset.uri, asset.group_name as "group", asset.extra, asset.created_at as "createdAt",
              asset.updated_at as "updatedAt", last.asset_event_id as "lastEventId", last.at as "lastEventAt"
       from polyflow.asset
       left join lateral (
         select event.asset_event_id, event.at from polyflow.asset_event event
         where event.asset_id = asset.asset_id order by event.asset_event_id desc limit 1
       ) last on true
       ${where} order by ${ASSET_ORDERS[filter.orderBy ?? "name"]} ${pagingText(filter)}`,
      values,
    ),
  ]);
  const ids = rows.map((row) => row.assetId);
  const [uses, aliases] = await Promise.all([
    database.query<AssetUse & { assetId: number }>(USES_OF, [ids, filter.readableDagIds ?? null]),
    database.query<AssetAliasRecord & { assetId: number }>(ALIASES_OF, [ids]),
  ]);
  const usesByAsset = Map.groupBy(uses, (use) => use.assetId);
  const aliasesByAsset = Map.groupBy(aliases, (alias) => alias.assetId);
  return {
    total: totals[0]?.total ?? 0,
    rows: rows.map(({ lastEventId, lastEventAt, ...row }) => ({
      ...row,
      lastEvent: lastEventId === null || lastEventAt === null ? null : { eventId: lastEventId, at: lastEventAt },
      uses: usesByAsset.get(row.assetId) ?? [],
      aliases: aliasesByAsset.get(row.assetId) ?? [],
    })),
  };
}

async function listAliases(context: StoreContext, filter: Parameters<AssetStore["listAliases"]>[0]): Promise<Page<AssetAliasRecord>> {
  const values = [filter.readableDagIds ?? null, filter.namePattern ?? null, filter.aliasId ?? null];
  const where = `
    where ($2::text is null or alias.name ilike $2) and ($3::bigint is null or alias.asset_alias_id = $3) and ($1::text[] is null or exists (
      select from polyflow.asset_use use where use.asset_alias_id = alias.asset_alias_id and use.dag_id = any($1)
    ))`;
  const [totals, rows] = await Promise.all([
    context.database.queryText<{ total: number }>(`select count(*) as total from polyflow.asset_alias alias ${where}`, values),
    context.database.queryText<{ aliasId: number; name: string; group: string }>(
      `select alias.asset_alias_id as "aliasId", alias.name, alias.group_name as "group" from polyflow.asset_alias alias ${where}
       order by alias.name ${pagingText(filter)}`,
      values,
    ),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}

type EventRow = Omit<AssetEventRecord, "createdRuns">;

async function listAssetEvents(context: StoreContext, filter: AssetEventFilter): Promise<Page<AssetEventRecord>> {
  const { database } = context;
  const { readableDagIds, eventId, assetId, sourceDagId, sourceTaskId, sourceRunId, sourceMapIndex, answeredBy } = filter;
  const source = [sourceDagId, sourceTaskId, sourceRunId, sourceMapIndex];
  // What is not given is null.
  const values = [readableDagIds, eventId, assetId, ...source, filter.from, filter.to, answeredBy?.dagId, answeredBy?.runId];
  const from = `
    from polyflow.asset_event event join polyflow.asset using (asset_id)
    where ($1::text[] is null or (${isUsedBy("$1")} and (event.source_dag_id is null or event.source_dag_id = any($1))))
      and ($2::bigint is null or event.asset_event_id = $2) and ($3::bigint is null or event.asset_id = $3)
      and ($4::text is null or event.source_dag_id = $4) and ($5::text is null or event.source_task_id = $5)
      and ($6::text is null or event.source_run_id = $6) and ($7::integer is null or event.source_map_index = $7)
      and ($8::timestamptz is null or event.at >= $8) and ($9::timestamptz is null or event.at <= $9)
      and ($10::text is null or exists (
        select from polyflow.dag_run_asset_event answered join polyflow.dag_run run using (dag_run_id)
        where answered.asset_event_id = event.asset_event_id and run.dag_id = $10 and run.run_id = $11
      ))`;
  const [totals, rows] = await Promise.all([
    database.queryText<{ total: number }>(`select count(*) as total ${from}`, values),
    database.queryText<EventRow>(
      `select event.asset_event_id as "eventId", event.asset_id as "assetId", asset.name, asset.uri, asset.group_name as "group", event.at,
              event.extra, event.source_dag_id as "sourceDagId", event.source_run_id as "sourceRunId",
              event.source_task_id as "sourceTaskId", event.source_map_index as "sourceMapIndex"
       ${from} order by event.asset_event_id ${filter.orderBy === "timestamp" ? "" : "desc"} ${pagingText(filter)}`,
      values,
    ),
  ]);
  const ids = rows.map((row) => row.eventId);
  const runs = await database.query<AssetEventRecord["createdRuns"][number] & { readonly eventId: number }>(RUNS_OF, [
    ids,
    filter.readableDagIds ?? null,
  ]);
  const runsByEvent = Map.groupBy(runs, (run) => run.eventId);
  return { rows: rows.map((row) => ({ ...row, createdRuns: runsByEvent.get(row.eventId) ?? [] })), total: totals[0]?.total ?? 0 };
}

async function createAssetEvent(context: StoreContext, assetId: number, extra: JsonObject): Promise<number | undefined> {
  const recorded = await context.database.transaction(async (transaction) => {
    const asset = await transaction.queryOne<{ name: string; uri: string; group: string }>(GET_ASSET, [assetId]);
    if (asset === undefined) return undefined;
    return insertEvents(transaction, [{ ...asset, extra, alias: null }], { source: undefined, now: nowOf(context) });
  });
  const [event] = recorded ?? [];
  if (event === undefined) return undefined;
  context.feed.emit([{ kind: "asset_event", assetId, name: event.name }]);
  return event.eventId;
}

const QUEUE_WHERE = `
  ($1::text[] is null or queued.dag_id = any($1)) and ($2::text is null or queued.dag_id = $2)
  and ($3::bigint is null or queued.asset_id = $3) and ($4::timestamptz is null or queued.created_at < $4)`;

/** Parameters: readable DAGs, DAG, asset, before; each or null. */
const LIST_QUEUED = statement(
  "list_queued_assets",
  `select queued.dag_id as "dagId", queued.asset_id as "assetId", asset.name, max(queued.created_at) as "createdAt", count(*)::integer as events
   from polyflow.asset_queue queued join polyflow.asset using (asset_id)
   where ${QUEUE_WHERE}
   group by queued.dag_id, queued.asset_id, asset.name
   order by queued.dag_id, asset.name`,
);

/** Parameters as above. Locks: asset_queue. */
const DELETE_QUEUED = statement(
  "delete_queued_assets",
  `delete from polyflow.asset_queue queued where ${QUEUE_WHERE} returning queued.asset_event_id`,
);

function queueValues(filter: QueuedAssetFilter): readonly unknown[] {
  return [filter.readableDagIds ?? null, filter.dagId ?? null, filter.assetId ?? null, filter.before ?? null];
}

async function listQueuedAssets(context: StoreContext, filter: QueuedAssetFilter): Promise<readonly QueuedAssetRecord[]> {
  return context.database.query<{ [Column in keyof QueuedAssetRecord]: QueuedAssetRecord[Column] }>(LIST_QUEUED, queueValues(filter));
}

async function deleteQueuedAssets(context: StoreContext, filter: QueuedAssetFilter): Promise<number> {
  return (await context.database.query(DELETE_QUEUED, queueValues(filter))).length;
}
