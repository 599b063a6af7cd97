import type { UiCalendar, UiDag, UiDagFacets, UiDagList, UiRunSummary, UiStructure } from "@polyflow/contracts/wire";
import { queryOptions } from "@tanstack/react-query";
import { get, path, send, url } from "./http.ts";

export type { UiDag, UiDagFacets, UiDagList, UiRunSummary, UiStructure };
export type ImportError = UiDagFacets["import_errors"][number];

/** What the list of processes can be narrowed and ordered by; all of it is done by the server. */
export interface DagListFilter {
  readonly search?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly owner?: string | undefined;
  readonly project?: string | undefined;
  readonly paused?: boolean | undefined;
  readonly favourite?: boolean | undefined;
  readonly state?: string | undefined;
  readonly order_by?: string | undefined;
}

const DAG_PAGE_SIZE = 50;

/** @param after where the page before ended; null for the first page */
export function dagListQuery(filter: DagListFilter, after: string | null) {
  return queryOptions({
    queryKey: ["dags", filter, after],
    queryFn: ({ signal }) => get<UiDagList>(url("/ui/dags", { ...filter, limit: DAG_PAGE_SIZE, after }), signal),
  });
}

/** What the filters offer; also how many processes there are, and the files that could not be read. */
export const dagFacetsQuery = queryOptions({
  queryKey: ["dag-facets"],
  queryFn: ({ signal }) => get<UiDagFacets>("/ui/dag-facets", signal),
});

export function setFavourite(dagId: string, isFavourite: boolean): Promise<unknown> {
  return send(isFavourite ? "PUT" : "DELETE", `/ui/${path("dags", dagId, "favourite")}`);
}

export function dagQuery(dagId: string) {
  return queryOptions({
    queryKey: ["dag", dagId],
    queryFn: ({ signal }) => get<UiDag>(`/ui/${path("dags", dagId)}`, signal),
  });
}

export function structureQuery(dagId: string, version?: number) {
  return queryOptions({
    queryKey: ["structure", dagId, version ?? null],
    queryFn: ({ signal }) => get<UiStructure>(url(`/ui/${path("dags", dagId)}/structure`, { version_number: version }), signal),
  });
}

/** @param timezone in which the days begin */
export function calendarQuery(dagId: string, year: number, timezone: string) {
  return queryOptions({
    queryKey: ["calendar", dagId, year, timezone],
    queryFn: ({ signal }) => get<UiCalendar>(url(`/ui/${path("dags", dagId)}/calendar`, { year, timezone }), signal),
  });
}

export function sourceQuery(dagId: string, version: number) {
  return queryOptions({
    queryKey: ["source", dagId, version],
    queryFn: ({ signal }) => get<{ content: string }>(url(`/api/v2/${path("dagSources", dagId)}`, { version_number: version }), signal),
  });
}

export interface DagVersion {
  readonly version_number: number;
  readonly created_at: string;
}

export function versionsQuery(dagId: string) {
  return queryOptions({
    queryKey: ["versions", dagId],
    queryFn: ({ signal }) => get<{ dag_versions: readonly DagVersion[] }>(`/api/v2/${path("dags", dagId, "dagVersions")}`, signal),
  });
}

export function pauseDag(dagId: string, isPaused: boolean): Promise<unknown> {
  return send("PATCH", `/api/v2/${path("dags", dagId)}`, { is_paused: isPaused });
}

export interface TriggerRequest {
  readonly conf: Readonly<Record<string, unknown>>;
  readonly runId?: string | undefined;
  readonly note?: string | undefined;
  /** The instant the run stands for. */
  readonly logicalDate?: string | undefined;
}

/** Starts a run now; answers its id. Throws ApiError `params_invalid`, `dag_run_exists`. */
export function triggerDag(dagId: string, { conf, runId, note, logicalDate }: TriggerRequest): Promise<{ dag_run_id: string }> {
  return send("POST", `/api/v2/${path("dags", dagId, "dagRuns")}`, {
    logical_date: logicalDate ?? null,
    conf,
    ...(runId ? { dag_run_id: runId } : {}),
    ...(note ? { note } : {}),
  });
}
