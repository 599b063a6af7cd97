import type { LogLevel } from "@polyflow/contracts";
import type { UiLogPage, UiLogSearchPage } from "@polyflow/contracts/wire";
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

export interface LogSearchQuestion {
  readonly text: string;
  readonly level: LogLevel;
  /** Lines looked at already. */
  readonly after: number;
  /** The last line to look at. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** Looks on the server for lines in a part of an attempt's log. */
export function searchLog(
  { dagId, runId, taskId, mapIndex, tryNumber }: AttemptAddress,
  { text, level, after, until, signal }: LogSearchQuestion,
): Promise<UiLogSearchPage> {
  const address = path("dags", dagId, "runs", runId, "tasks", taskId, "tries", tryNumber, "log", "search");
  return get<UiLogSearchPage>(url(`/ui/${address}`, { map_index: mapIndex, q: text, level, after, until }), signal);
}

/** The whole log as text, however long it is. */
export async function readWholeLog({ dagId, runId, taskId, mapIndex, tryNumber }: AttemptAddress): Promise<string> {
  const address = path("dags", dagId, "dagRuns", runId, "taskInstances", taskId, "logs", tryNumber);
  const answer = await fetch(url(`/api/v2/${address}`, { map_index: mapIndex, full_content: true }), { headers: { accept: "text/plain" } });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.text();
}
