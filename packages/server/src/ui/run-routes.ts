import { isFinishedTaskState } from "@polyflow/contracts";
import { type UiRun, uiLoads } from "@polyflow/contracts/wire";
import type { TaskInstanceRecord, TaskTryRecord } from "@polyflow/store";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { dagId, runId } from "../http/path-params.ts";
import { wireJson } from "../http/wire-json.ts";
import { existingRun } from "../records/existing-records.ts";
import type { App, ServerContext } from "../server-context.ts";
import { uiRunSummaryView } from "./dag-view.ts";

const runPath = z.object({ dag_id: dagId, run_id: runId });
const policy = [onDag("read", "DAG Runs"), onDag("read", "Task Instances")];

/** One run with its task instances and their tries, and what its loads did. */
export function addUiRunRoutes(app: App, { store }: ServerContext): void {
  app.get(
    "/dags/:dag_id/runs/:run_id",
    { config: { policy }, schema: { hide: true, params: runPath } },
    async (request): Promise<UiRun> => {
      const { dag_id: dagId, run_id: runId } = request.params;
      const run = await existingRun(store, dagId, runId);
      const [instances, tries] = await Promise.all([store.runs.listTaskInstances(dagId, runId), store.runs.listTriesOfRun(dagId, runId)]);
      return {
        ...uiRunSummaryView(run),
        dag_id: run.dagId,
        logical_date: run.logicalDate?.toISOString() ?? null,
        data_interval_start: run.dataIntervalStart?.toISOString() ?? null,
        data_interval_end: run.dataIntervalEnd?.toISOString() ?? null,
        queued_at: run.queuedAt.toISOString(),
        conf: wireJson(run.conf),
        note: run.note,
        triggered_by: run.triggeredBy,
        triggering_user: run.triggeringUser,
        version_number: run.versionNumber,
        tasks: instances.map((instance) => taskView(instance, tries.get(instance.taskInstanceId) ?? [])),
      };
    },
  );

  app.get(
    "/dags/:dag_id/runs/:run_id/loads",
    { config: { policy }, schema: { hide: true, params: runPath, response: { 200: uiLoads } } },
    async (request) => {
      const { dag_id: dagId, run_id: runId } = request.params;
      await existingRun(store, dagId, runId);
      const loads = await store.runs.listLoadReports(dagId, runId);
      return {
        loads: loads.map(({ taskId, mapIndex, tryNumber, report }) => ({
          task_id: taskId,
          map_index: mapIndex,
          try_number: tryNumber,
          report: { ...report, rejects: [...report.rejects], rules: [...report.rules], durationsMs: { ...report.durationsMs } },
        })),
      };
    },
  );
}

function taskView(instance: TaskInstanceRecord, tries: readonly TaskTryRecord[]): UiRun["tasks"][number] {
  return {
    task_id: instance.taskId,
    map_index: instance.mapIndex,
    map_name: instance.mapName,
    state: instance.state,
    try_number: instance.tryNumber,
    start_date: instance.startDate?.toISOString() ?? null,
    end_date: instance.endDate?.toISOString() ?? null,
    operator: instance.operator,
    max_tries: instance.maxTries,
    queued_at: instance.queuedAt?.toISOString() ?? null,
    next_retry_at: instance.nextRetryAt?.toISOString() ?? null,
    reason: instance.reason,
    note: instance.note,
    pool: instance.pool,
    hostname: instance.hostname,
    tries: [...tries.map(tryView), ...currentTry(instance, tries)],
  };
}

function tryView(attempt: TaskTryRecord): UiRun["tasks"][number]["tries"][number] {
  return {
    try_number: attempt.tryNumber,
    state: attempt.state,
    start_date: attempt.startDate?.toISOString() ?? null,
    end_date: attempt.endDate?.toISOString() ?? null,
  };
}

/** The newest try, unless it has ended and stands in the history already. */
function currentTry(instance: TaskInstanceRecord, tries: readonly TaskTryRecord[]): UiRun["tasks"][number]["tries"] {
  if (instance.tryNumber === 0 || tries.some((attempt) => attempt.tryNumber === instance.tryNumber)) return [];
  const isUnderWay =
    instance.state === "queued" || instance.state === "running" || instance.state === "restarting" || instance.state === "deferred";
  if (!isUnderWay && !isFinishedTaskState(instance.state)) return [];
  return [
    {
      try_number: instance.tryNumber,
      state: instance.state,
      start_date: instance.startDate?.toISOString() ?? null,
      end_date: instance.endDate?.toISOString() ?? null,
    },
  ];
}
