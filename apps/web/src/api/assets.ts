import { queryOptions } from "@tanstack/react-query";
import { get, path, send, url } from "./http.ts";

interface DagUse {
  readonly dag_id: string;
}
interface TaskUse extends DagUse {
  readonly task_id: string;
}

/** Data that tasks make and use. */
export interface Asset {
  readonly id: number;
  readonly name: string;
  readonly uri: string;
  readonly group: string;
  readonly scheduled_dags: readonly DagUse[];
  readonly producing_tasks: readonly TaskUse[];
  readonly consuming_tasks: readonly TaskUse[];
  readonly aliases: readonly { readonly name: string }[];
  readonly last_asset_event: { readonly timestamp: string | null } | null;
}

/** One update of an asset. */
export interface AssetEvent {
  readonly id: number;
  readonly asset_id: number;
  readonly name: string | null;
  readonly extra: Readonly<Record<string, unknown>> | null;
  readonly source_dag_id: string | null;
  readonly source_run_id: string | null;
  readonly source_task_id: string | null;
  readonly created_dagruns: readonly { readonly dag_id: string; readonly run_id: string; readonly state: string }[];
  readonly timestamp: string;
}

export interface Lineage {
  readonly nodes: readonly { readonly id: string; readonly kind: "asset" | "dag"; readonly label: string }[];
  readonly edges: readonly { readonly source: string; readonly target: string; readonly role: "schedule" | "outlet" | "inlet" }[];
}

const MOST_ASSETS = 500;
const EVENT_PAGE = 100;

/** A pattern of the server's that finds the text anywhere. */
const anywhere = (text: string | undefined) => (text === undefined ? undefined : `%${text}%`);

export function assetsQuery(name: string | undefined) {
  return queryOptions({
    queryKey: ["assets", name ?? ""],
    queryFn: ({ signal }) =>
      get<{ assets: readonly Asset[]; total_entries: number }>(
        url("/api/v2/assets", { name_pattern: anywhere(name), limit: MOST_ASSETS }),
        signal,
      ),
  });
}

export function assetQuery(assetId: number) {
  return queryOptions({
    queryKey: ["asset", assetId],
    queryFn: ({ signal }) => get<Asset>(`/api/v2/${path("assets", assetId)}`, signal),
  });
}

export function lineageQuery(assetId: number | undefined) {
  return queryOptions({
    queryKey: ["assets", "lineage", assetId ?? null],
    queryFn: ({ signal }) => get<Lineage>(url("/api/v2/assets/lineage", { asset_id: assetId }), signal),
  });
}

export function assetEventsQuery(filter: { readonly assetId?: number | undefined; readonly dagId?: string | undefined }) {
  return queryOptions({
    queryKey: ["assets", "events", filter],
    queryFn: ({ signal }) =>
      get<{ asset_events: readonly AssetEvent[] }>(
        url("/api/v2/assets/events", { asset_id: filter.assetId, source_dag_id: filter.dagId, order_by: "-timestamp", limit: EVENT_PAGE }),
        signal,
      ),
  });
}

/** Says that the asset was updated from outside; what is scheduled by it runs. */
export function createAssetEvent(assetId: number, extra: Readonly<Record<string, unknown>>): Promise<AssetEvent> {
  return send("POST", "/api/v2/assets/events", { asset_id: assetId, extra });
}

/** Runs the process that makes the asset. */
export function materializeAsset(assetId: number): Promise<{ readonly dag_id: string; readonly dag_run_id: string }> {
  return send("POST", `/api/v2/${path("assets", assetId, "materialize")}`, {});
}
