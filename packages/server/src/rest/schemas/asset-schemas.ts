import { DAG_RUN_STATES } from "@polyflow/contracts";
import { z } from "zod";
import { instant, jsonObject, maybeInstant, maybeText, unusedUnless } from "./common.ts";

export const assetAlias = z.object({ id: z.int(), name: z.string(), group: z.string() }).meta({ id: "AssetAliasResponse" });
export const assetAliasCollection = z
  .object({ asset_aliases: z.array(assetAlias), total_entries: z.int() })
  .meta({ id: "AssetAliasCollectionResponse" });

const dagReference = z.object({ dag_id: z.string(), created_at: instant, updated_at: instant }).meta({ id: "DagScheduleAssetReference" });
const taskFields = { dag_id: z.string(), task_id: z.string(), created_at: instant, updated_at: instant };
const outletReference = z.object(taskFields).meta({ id: "TaskOutletAssetReference" });
const inletReference = z.object(taskFields).meta({ id: "TaskInletAssetReference" });
const lastEvent = z.object({ id: z.int().nullable(), timestamp: maybeInstant }).meta({ id: "LastAssetEventResponse" });

export const asset = z
  .object({
    id: z.int(),
    name: z.string(),
    uri: z.string(),
    group: z.string(),
    extra: jsonObject.nullable(),
    created_at: instant,
    updated_at: instant,
    scheduled_dags: z.array(dagReference),
    producing_tasks: z.array(outletReference),
    consuming_tasks: z.array(inletReference),
    aliases: z.array(assetAlias),
    watchers: z.array(z.never()),
    last_asset_event: lastEvent.nullable(),
  })
  .meta({ id: "AssetResponse" });
export type AssetAnswer = z.infer<typeof asset>;
export const assetCollection = z.object({ assets: z.array(asset), total_entries: z.int() }).meta({ id: "AssetCollectionResponse" });

const createdRun = z
  .object({
    run_id: z.string(),
    dag_id: z.string(),
    logical_date: maybeInstant,
    start_date: maybeInstant,
    end_date: maybeInstant,
    state: z.enum(DAG_RUN_STATES),
    data_interval_start: maybeInstant,
    data_interval_end: maybeInstant,
    partition_key: z.null(),
  })
  .meta({ id: "DagRunAssetReference" });
export const assetEvent = z
  .object({
    id: z.int(),
    asset_id: z.int(),
    uri: maybeText,
    name: maybeText,
    group: maybeText,
    extra: jsonObject.nullable(),
    source_task_id: maybeText,
    source_dag_id: maybeText,
    source_run_id: maybeText,
    source_map_index: z.int(),
    created_dagruns: z.array(createdRun),
    timestamp: instant,
    partition_key: z.null(),
  })
  .meta({ id: "AssetEventResponse" });
export type AssetEventAnswer = z.infer<typeof assetEvent>;
export const assetEventCollection = z
  .object({ asset_events: z.array(assetEvent), total_entries: z.int() })
  .meta({ id: "AssetEventCollectionResponse" });

export const createAssetEventBody = z
  .strictObject({ asset_id: z.int(), extra: jsonObject.default({}), partition_key: unusedUnless(null) })
  .meta({ id: "CreateAssetEventsBody" });

export const queuedEvent = z
  .object({
    dag_id: z.string(),
    asset_id: z.int(),
    created_at: instant,
    dag_display_name: z.string(),
    asset_name: z.string(),
    events: z.int().meta({ description: "How many updates wait." }),
  })
  .meta({ id: "QueuedEventResponse" });
export type QueuedEventAnswer = z.infer<typeof queuedEvent>;
export const queuedEventCollection = z
  .object({ queued_events: z.array(queuedEvent), total_entries: z.int() })
  .meta({ id: "QueuedEventCollectionResponse" });

export const assetLineage = z
  .object({
    nodes: z.array(z.object({ id: z.string(), kind: z.enum(["asset", "dag"]), label: z.string() })),
    edges: z.array(z.object({ source: z.string(), target: z.string(), role: z.enum(["schedule", "outlet", "inlet"]), task_id: maybeText })),
  })
  .meta({ id: "AssetLineageResponse" });
export type AssetLineageAnswer = z.infer<typeof assetLineage>;
