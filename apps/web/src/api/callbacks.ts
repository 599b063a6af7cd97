import { queryOptions } from "@tanstack/react-query";
import { get, path, send, url } from "./http.ts";

export interface CalledBack {
  readonly id: string;
  readonly dag_id: string;
  readonly dag_run_id: string;
  readonly task_id: string | null;
  readonly kind: "execute" | "success" | "failure" | "retry" | "skipped" | "deadline";
  readonly name: string;
  readonly state: "scheduled" | "running" | "success" | "failed";
  readonly attempts: number;
  readonly caused_at: string;
  readonly error: string | null;
}

interface Place {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId?: string;
  readonly mapIndex?: number;
}

const LOOK_AGAIN_MS = 3_000;

/** Callbacks of a run, or of one of its tasks; looked at again while one is on its way. */
export function callbacksQuery({ dagId, runId, taskId, mapIndex }: Place) {
  return queryOptions({
    queryKey: ["callbacks", dagId, runId, taskId, mapIndex],
    queryFn: ({ signal }) => {
      const search = { dag_id: dagId, dag_run_id: runId, task_id: taskId, map_index: mapIndex, limit: 100 };
      return get<{ callbacks: readonly CalledBack[] }>(url("/api/v2/callbacks", search), signal);
    },
    refetchInterval: ({ state }) =>
      state.data?.callbacks.some((one) => one.state === "scheduled" || one.state === "running") === true ? LOOK_AGAIN_MS : false,
  });
}

export function callbackLogQuery(one: CalledBack) {
  return queryOptions({
    queryKey: ["callback-log", one.id, one.attempts, one.state],
    queryFn: ({ signal }) =>
      get<{ content: readonly { timestamp: string; event: string }[] }>(
        `${addressOf(one)}/${path("logs", Math.max(1, one.attempts))}`,
        signal,
      ),
  });
}

export function callAgain(one: CalledBack): Promise<unknown> {
  return send("POST", `${addressOf(one)}/retry`);
}

function addressOf({ dag_id: dagId, dag_run_id: runId, id }: CalledBack): string {
  return `/api/v2/${path("dags", dagId, "dagRuns", runId, "callbacks", id)}`;
}
