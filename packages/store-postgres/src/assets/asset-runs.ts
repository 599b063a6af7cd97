import type { DagRunKey, DagVersionId } from "@polyflow/contracts";
import type { AssetRun, AssetScheduling, AssetTriggeredDag, LeaderTerm } from "@polyflow/store";
import { createRunIn } from "../runs/create-run.ts";
import { runEvent } from "../runs/run-row.ts";
import { holdLease, leadershipLost } from "../scheduling/lease.ts";
import { HAS_ROOM, MAY_RUN } from "../scheduling/dag-conditions.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";

/** Parameters: limit. Result: DAGs that may run and have updates to answer, with all of these; in each row how many have no room. Locks: none. */
const LIST_TRIGGERED = statement(
  "list_asset_triggered_dags",
  `with waiting as (
     select dag.dag_id, dag.current_version_id, ${HAS_ROOM} as has_room
     from (select distinct dag_id from polyflow.asset_queue) queued join polyflow.dag using (dag_id)
     where ${MAY_RUN}
   )
   select counted.crowded, dag.dag_id as "dagId", dag.current_version_id as "versionId", queue."eventIds", queue.assets, (
            select json_agg(distinct alias.name)
            from polyflow.asset_queue queued
            join polyflow.asset_alias_target target using (asset_id)
            join polyflow.asset_alias alias using (asset_alias_id)
            where queued.dag_id = dag.dag_id
          ) as aliases
   from (select count(*) filter (where not has_room)::integer as crowded from waiting) counted
   left join (select * from waiting where has_room order by dag_id limit $1) dag on true
   left join lateral (
     select json_agg(queued.asset_event_id order by queued.asset_event_id) as "eventIds", json_agg(distinct asset.name) as assets
     from polyflow.asset_queue queued join polyflow.asset using (asset_id)
     where queued.dag_id = dag.dag_id
   ) queue on true`,
);

type TriggeredRow =
  | { readonly crowded: number; readonly dagId: null }
  | {
      readonly crowded: number;
      readonly dagId: string;
      readonly versionId: DagVersionId;
      readonly eventIds: readonly number[];
      readonly assets: readonly string[];
      readonly aliases: readonly string[] | null;
    };

/** Parameters: DAG id, version. Result: one row while the DAG has that version and may run. Locks: dag. */
const LOCK_ASKED_DAG = statement(
  "lock_asked_dag",
  `select dag_id from polyflow.dag where dag_id = $1 and current_version_id = $2 and ${MAY_RUN} for no key update`,
);

/** Parameters: DAG id, updates. Result: those that still wait. Locks: asset_queue. */
const LOCK_QUEUED = statement(
  "lock_queued_updates",
  `select asset_event_id from polyflow.asset_queue where dag_id = $1 and asset_event_id = any($2::bigint[])
   order by asset_event_id for update`,
);

/** Parameters: run key, DAG id, updates. They leave the queue and belong to the run. Locks held: asset_queue. */
const ANSWER_UPDATES = statement(
  "answer_updates",
  `with answered as (
     delete from polyflow.asset_queue where dag_id = $2 and asset_event_id = any($3::bigint[]) returning asset_event_id
   )
   insert into polyflow.dag_run_asset_event (dag_run_id, asset_event_id) select $1::uuid, asset_event_id from answered`,
);

export function assetRunMethods(context: StoreContext): AssetScheduling {
  return {
    listAssetTriggeredDags: (limit) => listAssetTriggeredDags(context, limit),
    createAssetRun: (term, run) => createAssetRun(context, term, run),
  };
}

async function listAssetTriggeredDags(context: StoreContext, limit: number) {
  const rows = await context.database.query<TriggeredRow>(LIST_TRIGGERED, [limit]);
  const named = rows.filter((row) => row.dagId !== null);
  const specs = await context.specs.load(named.map((row) => row.versionId));
  const dags = named.flatMap(({ dagId, versionId, eventIds, assets, aliases }): AssetTriggeredDag[] => {
    const spec = specs.get(versionId);
    return spec === undefined ? [] : [{ dagId, versionId, eventIds, assets, spec, aliases: aliases ?? [] }];
  });
  return { crowded: rows[0]?.crowded ?? 0, dags };
}

/** Lock order: lease, dag, asset_queue, dag_run. Run and updates change hands in one transaction: none is answered twice, none is lost. */
async function createAssetRun(context: StoreContext, term: LeaderTerm, run: AssetRun): Promise<DagRunKey | undefined> {
  const { dagId, runId, runAfter, eventIds } = run;
  const runKey = await context.database.transaction(async (transaction) => {
    if (!(await holdLease(transaction, term))) throw leadershipLost(term);
    if ((await transaction.queryOne(LOCK_ASKED_DAG, [dagId, run.versionId])) === undefined) return undefined;
    const queued = await transaction.query(LOCK_QUEUED, [dagId, eventIds]);
    if (queued.length < eventIds.length) return undefined;
    const none = { logicalDate: null, dataIntervalStart: null, dataIntervalEnd: null, conf: {}, note: null, triggeringUser: null };
    const kind = { runType: "asset_triggered", triggeredBy: "asset" } as const;
    const created = await createRunIn(transaction, { ...none, ...kind, dagId, runId, runAfter }, nowOf(context));
    if (created !== undefined) await transaction.query(ANSWER_UPDATES, [created, dagId, eventIds]);
    return created;
  });
  if (runKey !== undefined) context.feed.emit([runEvent({ dagId, runId, runKey, state: "queued" })]);
  return runKey;
}
