import type { AssetEventRecord, AssetRecord, AssetUse, QueuedAssetRecord } from "@polyflow/store";
import type { AssetAnswer, AssetEventAnswer, AssetLineageAnswer, QueuedEventAnswer } from "../schemas/asset-schemas.ts";

export function assetView(record: AssetRecord): AssetAnswer {
  const tasks = (role: AssetUse["role"]) =>
    record.uses.flatMap((use) =>
      use.role === role && use.taskId !== null ? [{ ...datesOf(use), dag_id: use.dagId, task_id: use.taskId }] : [],
    );
  return {
    id: record.assetId,
    name: record.name,
    uri: record.uri,
    group: record.group,
    extra: { ...record.extra },
    created_at: record.createdAt.toISOString(),
    updated_at: record.updatedAt.toISOString(),
    scheduled_dags: record.uses.flatMap((use) => (use.role === "schedule" ? [{ ...datesOf(use), dag_id: use.dagId }] : [])),
    producing_tasks: tasks("outlet"),
    consuming_tasks: tasks("inlet"),
    aliases: record.aliases.map(({ aliasId, name, group }) => ({ id: aliasId, name, group })),
    watchers: [],
    last_asset_event: record.lastEvent === null ? null : { id: record.lastEvent.eventId, timestamp: record.lastEvent.at.toISOString() },
  };
}

function datesOf({ since }: AssetUse): { readonly created_at: string; readonly updated_at: string } {
  return { created_at: since.toISOString(), updated_at: since.toISOString() };
}

export function assetEventView(record: AssetEventRecord): AssetEventAnswer {
  return {
    id: record.eventId,
    asset_id: record.assetId,
    uri: record.uri,
    name: record.name,
    group: record.group,
    extra: { ...record.extra },
    source_task_id: record.sourceTaskId,
    source_dag_id: record.sourceDagId,
    source_run_id: record.sourceRunId,
    source_map_index: record.sourceMapIndex ?? -1,
    created_dagruns: record.createdRuns.map((run) => ({
      run_id: run.runId,
      dag_id: run.dagId,
      logical_date: null,
      start_date: run.startDate?.toISOString() ?? null,
      end_date: run.endDate?.toISOString() ?? null,
      state: run.state,
      data_interval_start: null,
      data_interval_end: null,
      partition_key: null,
    })),
    timestamp: record.at.toISOString(),
    partition_key: null,
  };
}

export function queuedEventView(record: QueuedAssetRecord, displayName: string): QueuedEventAnswer {
  return {
    dag_id: record.dagId,
    asset_id: record.assetId,
    created_at: record.createdAt.toISOString(),
    dag_display_name: displayName,
    asset_name: record.name,
    events: record.events,
  };
}

/** Assets and the DAGs that make and use them, as a graph: edges go the way that data goes. */
export function assetLineageView(assets: readonly AssetRecord[]): AssetLineageAnswer {
  const nodes = new Map<string, AssetLineageAnswer["nodes"][number]>();
  const edges: AssetLineageAnswer["edges"] = [];
  for (const { assetId, name, uses } of assets) {
    const asset = `asset:${assetId}`;
    nodes.set(asset, { id: asset, kind: "asset", label: name });
    for (const { dagId, role, taskId } of uses) {
      const dag = `dag:${dagId}`;
      nodes.set(dag, { id: dag, kind: "dag", label: dagId });
      edges.push({ ...(role === "outlet" ? { source: dag, target: asset } : { source: asset, target: dag }), role, task_id: taskId });
    }
  }
  return { nodes: [...nodes.values()], edges };
}
