import type { UiDataDrift, UiDataEntity, UiDataLineage, UiDataOverview, UiDataRejects, UiDataSource } from "@polyflow/contracts/wire";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { get, path, send, url } from "./http.ts";
import { uploadTo } from "./uploads.ts";

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

export const dataLineageQuery = queryOptions({
  queryKey: ["data", "lineage"],
  queryFn: ({ signal }) => get<UiDataLineage>("/ui/data/lineage", signal),
  staleTime: 30_000,
});

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

const DATA = "/api/v2/data";

export interface DecidedDrift {
  readonly files: readonly string[];
  readonly statements: readonly string[];
}

/** @param type type of a column whose cells have changed */
export function acceptDrift(driftId: number, type: string | undefined): Promise<DecidedDrift> {
  return send("POST", `${DATA}/drift/${path(driftId)}/accept`, type === undefined ? {} : { type });
}

export function dismissDrift(driftId: number): Promise<DecidedDrift> {
  return send("POST", `${DATA}/drift/${path(driftId)}/dismiss`);
}

export function fixReject(rejectId: number, values: { readonly [field: string]: string | null }): Promise<unknown> {
  return send("PATCH", `${DATA}/rejects/${path(rejectId)}`, { values });
}

export function dismissReject({ load_id, reject_id }: Pick<DataReject, "load_id" | "reject_id">): Promise<unknown> {
  return send("POST", `${DATA}/rejects/dismiss`, { load_id, reject_id });
}

/** Loads the corrected records of a load. */
export function replayRejects(loadId: string): Promise<{ readonly loaded: number; readonly rejected: number }> {
  return send("POST", `${DATA}/rejects/replay`, { load_id: loadId });
}

/** Where rejects are downloaded, to be corrected. */
/** @param language of the reasons; others than the server words are English */
export function rejectsAddress(filter: RejectFilter, format: "csv" | "xlsx", language: string): string {
  return url(`${DATA}/rejects/export`, { ...filter, format, language: language === "ru" ? "ru" : "en" });
}

/** Takes back a download in which records were corrected. */
export function importRejects(file: File): Promise<{ readonly count: number }> {
  return uploadTo(`${DATA}/rejects/import`, file, () => undefined);
}
