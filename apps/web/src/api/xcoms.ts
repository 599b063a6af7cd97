import { queryOptions } from "@tanstack/react-query";
import { get, path, send, url } from "./http.ts";
import type { AttemptAddress } from "./tasks.ts";

export type InstanceAddress = Omit<AttemptAddress, "tryNumber">;

export interface XcomEntry {
  readonly key: string;
  readonly timestamp: string;
}

function xcomPath({ dagId, runId, taskId }: InstanceAddress): string {
  return `/api/v2/${path("dags", dagId, "dagRuns", runId, "taskInstances", taskId, "xcomEntries")}`;
}

export function xcomListQuery(address: InstanceAddress) {
  const { dagId, runId, taskId, mapIndex } = address;
  return queryOptions({
    queryKey: ["xcom", dagId, runId, taskId, mapIndex],
    queryFn: ({ signal }) => get<{ xcom_entries: readonly XcomEntry[] }>(url(xcomPath(address), { map_index: mapIndex }), signal),
  });
}

export function xcomValueQuery(address: InstanceAddress, key: string) {
  const { dagId, runId, taskId, mapIndex } = address;
  return queryOptions({
    queryKey: ["xcom", dagId, runId, taskId, mapIndex, key],
    queryFn: ({ signal }) => get<{ value: unknown }>(url(`${xcomPath(address)}/${path(key)}`, { map_index: mapIndex }), signal),
  });
}

export function changeXCom(address: InstanceAddress, key: string, value: unknown): Promise<unknown> {
  return send("PATCH", `${xcomPath(address)}/${path(key)}`, { value, map_index: address.mapIndex });
}

export function deleteXCom(address: InstanceAddress, key: string): Promise<unknown> {
  return send("DELETE", url(`${xcomPath(address)}/${path(key)}`, { map_index: address.mapIndex }));
}
