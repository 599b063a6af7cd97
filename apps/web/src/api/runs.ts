import type { UiLoads, UiRun } from "@polyflow/contracts/wire";
import { queryOptions } from "@tanstack/react-query";
import { get, path, send, url } from "./http.ts";

export type { UiRun };
export type RunTask = UiRun["tasks"][number];
export type Load = UiLoads["loads"][number];
export type LoadReport = Load["report"];

export function runQuery(dagId: string, runId: string) {
  return queryOptions({
    queryKey: ["run", dagId, runId],
    queryFn: ({ signal }) => get<UiRun>(`/ui/${path("dags", dagId, "runs", runId)}`, signal),
  });
}

export function loadsQuery(dagId: string, runId: string) {
  return queryOptions({
    queryKey: ["loads", dagId, runId],
    queryFn: ({ signal }) => get<UiLoads>(`/ui/${path("dags", dagId, "runs", runId, "loads")}`, signal),
  });
}

/** A task instance that clearing touches or would touch. */
export interface AffectedTask {
  readonly task_id: string;
  readonly map_index: number;
  readonly state: string | null;
}

export interface ClearRequest {
  readonly dagId: string;
  readonly runId: string;
  /** Only these tasks; all of the run without it. */
  readonly taskIds?: readonly string[] | undefined;
  readonly onlyFailed: boolean;
  readonly dryRun: boolean;
}

/** Clears tasks so that they run again; with `dryRun` only says which. */
export async function clearTasks({ dagId, runId, taskIds, onlyFailed, dryRun }: ClearRequest): Promise<readonly AffectedTask[]> {
  const options = { dry_run: dryRun, only_failed: onlyFailed };
  const answer = taskIds
    ? await send<{ task_instances?: readonly AffectedTask[] }>("POST", `/api/v2/${path("dags", dagId, "clearTaskInstances")}`, {
        ...options,
        dag_run_id: runId,
        task_ids: taskIds,
        reset_dag_runs: true,
      })
    : await send<{ task_instances?: readonly AffectedTask[] }>(
        "POST",
        `/api/v2/${path("dags", dagId, "dagRuns", runId, "clear")}`,
        options,
      );
  return answer.task_instances ?? [];
}

export function changeRun(dagId: string, runId: string, change: { state: "success" | "failed" } | { note: string }): Promise<unknown> {
  return send("PATCH", `/api/v2/${path("dags", dagId, "dagRuns", runId)}`, change);
}

export function deleteRun(dagId: string, runId: string): Promise<void> {
  return send("DELETE", `/api/v2/${path("dags", dagId, "dagRuns", runId)}`);
}

/** Parameters that a run was started with. */
export interface RecentConf {
  readonly at: string;
  readonly conf: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const RECENT_RUNS = 30;
const RECENT_CONFS = 8;

/** The last different sets of parameters, newest first. */
export function recentConfsQuery(dagId: string) {
  return queryOptions({
    queryKey: ["runs", dagId, "recent-confs"],
    queryFn: async ({ signal }): Promise<readonly RecentConf[]> => {
      const search = { limit: RECENT_RUNS, order_by: "-run_after" };
      const { dag_runs: runs } = await get<{ dag_runs: readonly { run_after: string; conf: RecentConf["conf"] | null }[] }>(
        url(`/api/v2/${path("dags", dagId, "dagRuns")}`, search),
        signal,
      );
      const found = new Map<string, RecentConf>();
      for (const { run_after: at, conf } of runs) {
        const text = JSON.stringify(conf ?? {});
        if (conf && Object.keys(conf).length > 0 && !found.has(text)) found.set(text, { at, conf, text });
      }
      return [...found.values()].slice(0, RECENT_CONFS);
    },
  });
}
