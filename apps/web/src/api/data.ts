import type { UiDataDrift, UiDataEntity, UiDataOverview, UiDataRejects, UiDataSource } from "@polyflow/contracts/wire";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { get, path, url } from "./http.ts";

export type DataEntity = UiDataOverview["entities"][number];
export type DataSource = UiDataOverview["sources"][number];
export type DataLoad = UiDataEntity["loads"][number];
export type DataColumn = UiDataEntity["columns"][number];
export type DataRule = UiDataEntity["rules"][number];
export type DataReject = UiDataRejects["rejects"][number];
export type DriftRow = UiDataDrift["drift"][number];

export const dataOverviewQuery = queryOptions({
  queryKey: ["data", "overview"],
  queryFn: ({ signal }) => get<UiDataOverview>("/ui/data", signal),
  staleTime: 10_000,
});

export function dataEntityQuery(project: string, ref: string) {
  return queryOptions({
    queryKey: ["data", "entity", project, ref],
    queryFn: ({ signal }) => get<UiDataEntity>(`/ui/data/entities/${path(project, ref)}`, signal),
  });
}

export function dataSourceQuery(project: string, name: string) {
  return queryOptions({
    queryKey: ["data", "source", project, name],
    queryFn: ({ signal }) => get<UiDataSource>(`/ui/data/sources/${path(project, name)}`, signal),
  });
}

export interface RejectFilter {
  readonly flow?: string | undefined;
  readonly state?: string | undefined;
}

export function rejectsQuery(filter: RejectFilter) {
  return infiniteQueryOptions({
    queryKey: ["data", "rejects", filter],
    queryFn: ({ pageParam, signal }) => get<UiDataRejects>(url("/ui/data/rejects", { ...filter, after: pageParam, limit: 100 }), signal),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
    placeholderData: (before) => before,
  });
}

export function driftQuery(state: string | undefined) {
  return queryOptions({
    queryKey: ["data", "drift", state ?? ""],
    queryFn: ({ signal }) => get<UiDataDrift>(url("/ui/data/drift", { state }), signal),
  });
}
