import type { UiWaiting } from "@polyflow/contracts/wire";
import { queryOptions } from "@tanstack/react-query";
import { get, path, send, url } from "./http.ts";

export type TaskAction = "clear" | "success" | "failed";

/** What an action starts from. */
export interface ActionTarget {
  readonly dagId: string;
  readonly runId: string;
  /** Only these tasks; all of the run without it. */
  readonly taskIds?: readonly string[] | undefined;
  /** One instance of the (only) task; all of them without it. */
  readonly mapIndex?: number | undefined;
}

/** How far an action reaches. */
export interface ReachOptions {
  readonly upstream?: boolean;
  readonly downstream?: boolean;
  readonly past?: boolean;
  readonly future?: boolean;
  /** Clearing alone. */
  readonly onlyFailed?: boolean;
}

/** A task instance that an action touches or would touch. */
export interface AffectedTask {
  readonly dag_run_id: string;
  readonly task_id: string;
  readonly map_index: number;
  readonly state: string | null;
}

interface TouchRequest {
  readonly action: TaskAction;
  readonly target: ActionTarget;
  readonly reach: ReachOptions;
  readonly dryRun: boolean;
}

interface Touched {
  readonly task_instances?: readonly AffectedTask[];
}

/** Clears or marks tasks; with `dryRun` only says which. */
export async function touchTasks({ action, target, reach, dryRun }: TouchRequest): Promise<readonly AffectedTask[]> {
  const { dagId, runId, taskIds, mapIndex } = target;
  const include = {
    include_upstream: reach.upstream ?? false,
    include_downstream: reach.downstream ?? false,
    include_past: reach.past ?? false,
    include_future: reach.future ?? false,
  };
  if (action === "clear" && taskIds === undefined) {
    const address = `/api/v2/${path("dags", dagId, "dagRuns", runId, "clear")}`;
    return tasksOf(await send<Touched>("POST", address, { dry_run: dryRun, only_failed: reach.onlyFailed ?? false }));
  }
  if (action === "clear") {
    return tasksOf(
      await send<Touched>("POST", `/api/v2/${path("dags", dagId, "clearTaskInstances")}`, {
        ...include,
        dry_run: dryRun,
        only_failed: reach.onlyFailed ?? false,
        dag_run_id: runId,
        task_ids: taskIds?.map((taskId) => (mapIndex === undefined ? taskId : [taskId, mapIndex])),
        reset_dag_runs: true,
      }),
    );
  }
  const address = path("dags", dagId, "dagRuns", runId, "taskInstances", taskIds?.[0] ?? "", ...(mapIndex === undefined ? [] : [mapIndex]));
  return tasksOf(await send<Touched>("PATCH", `/api/v2/${address}${dryRun ? "/dry_run" : ""}`, { ...include, new_state: action }));
}

function tasksOf({ task_instances = [] }: Touched): readonly AffectedTask[] {
  return task_instances;
}

interface InstanceAddress {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
}

export function setTaskNote({ dagId, runId, taskId, mapIndex }: InstanceAddress, note: string): Promise<unknown> {
  const address = path("dags", dagId, "dagRuns", runId, "taskInstances", taskId, ...(mapIndex < 0 ? [] : [mapIndex]));
  return send("PATCH", `/api/v2/${address}`, { note: note === "" ? null : note });
}

export type Waiting = UiWaiting;

/** Why a task instance waits. What else runs changes the answer, so that it is asked anew while somebody looks. */
const WAITING_REFETCH_MS = 5_000;

export function waitingQuery({ dagId, runId, taskId, mapIndex }: InstanceAddress) {
  return queryOptions({
    queryKey: ["waiting", dagId, runId, taskId, mapIndex],
    queryFn: ({ signal }) =>
      get<UiWaiting>(url(`/ui/${path("dags", dagId, "runs", runId, "tasks", taskId, "waiting")}`, { map_index: mapIndex }), signal),
    refetchInterval: WAITING_REFETCH_MS,
    staleTime: 0,
  });
}

/** Fields of the operator as they were after their templates were filled in; secrets are masked by the server. */
export function renderedFieldsQuery({ dagId, runId, taskId, mapIndex }: InstanceAddress) {
  const address = path("dags", dagId, "dagRuns", runId, "taskInstances", taskId, ...(mapIndex < 0 ? [] : [mapIndex]));
  return queryOptions({
    queryKey: ["rendered", dagId, runId, taskId, mapIndex],
    queryFn: ({ signal }) => get<{ rendered_fields: Readonly<Record<string, unknown>> }>(`/api/v2/${address}`, signal),
  });
}
