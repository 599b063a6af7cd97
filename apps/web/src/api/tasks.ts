import type { UiLogPage } from "@polyflow/contracts/wire";
import { queryOptions } from "@tanstack/react-query";
import { get, path, url } from "./http.ts";

export type { UiLogPage };
export type LogLine = UiLogPage["lines"][number];

/** One attempt of one task instance. */
export interface AttemptAddress {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
}

export interface LogQuestion {
  /** Lines already here. */
  readonly after: number;
  /** Begins so many lines before the end instead. */
  readonly tail?: number;
  /** How long the server may wait for a line to come. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** Lines of an attempt's log from line `after` on. */
export function readLog(
  { dagId, runId, taskId, mapIndex, tryNumber }: AttemptAddress,
  { after, tail, waitMs, signal }: LogQuestion,
): Promise<UiLogPage> {
  const address = path("dags", dagId, "runs", runId, "tasks", taskId, "tries", tryNumber, "log");
  return get<UiLogPage>(url(`/ui/${address}`, { map_index: mapIndex, after, tail, wait_ms: waitMs }), signal);
}

/** The whole log as text, however long it is. */
export async function readWholeLog({ dagId, runId, taskId, mapIndex, tryNumber }: AttemptAddress): Promise<string> {
  const address = path("dags", dagId, "dagRuns", runId, "taskInstances", taskId, "logs", tryNumber);
  const answer = await fetch(url(`/api/v2/${address}`, { map_index: mapIndex, full_content: true }), { headers: { accept: "text/plain" } });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.text();
}

export interface XcomEntry {
  readonly key: string;
  readonly timestamp: string;
}

function xcomPath({ dagId, runId, taskId }: Omit<AttemptAddress, "tryNumber">): string {
  return `/api/v2/${path("dags", dagId, "dagRuns", runId, "taskInstances", taskId, "xcomEntries")}`;
}

export function xcomListQuery(address: Omit<AttemptAddress, "tryNumber">) {
  const { dagId, runId, taskId, mapIndex } = address;
  return queryOptions({
    queryKey: ["xcom", dagId, runId, taskId, mapIndex],
    queryFn: ({ signal }) => get<{ xcom_entries: readonly XcomEntry[] }>(url(xcomPath(address), { map_index: mapIndex }), signal),
  });
}

export function xcomValueQuery(address: Omit<AttemptAddress, "tryNumber">, key: string) {
  const { dagId, runId, taskId, mapIndex } = address;
  return queryOptions({
    queryKey: ["xcom", dagId, runId, taskId, mapIndex, key],
    queryFn: ({ signal }) => get<{ value: unknown }>(url(`${xcomPath(address)}/${path(key)}`, { map_index: mapIndex }), signal),
  });
}
