import type { JsonObject } from "@polyflow/contracts";
import type { ClearRequest } from "@polyflow/store";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { dagPath, runPath } from "../http/path-params.ts";
import { existingRun } from "../records/existing-records.ts";
import { taskSelection } from "../runs/task-selection.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { clearTaskInstancesBody, dagRun, dagRunClearBody, taskInstanceCollection } from "./schemas/run-schemas.ts";
import { taskInstanceCollectionOf } from "./views/task-instance-collection.ts";
import { runView } from "./views/run-view.ts";

const clearPolicy = [onDag("edit", "Task Instances"), onDag("edit", "DAG Runs")];

/** Clearing task instances, so that they run again; a dry run (the default) tells which ones it would be. */
export function addClearRoutes(app: App, { store, versions }: RestContext): void {
  const collection = taskInstanceCollectionOf({ store, versions });
  app.post(
    "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/clear",
    {
      config: { policy: clearPolicy, audit: "clear_dag_run" },
      schema: {
        tags: ["DagRun"],
        summary: "Clear the task instances of a run, so that they run again",
        params: runPath,
        body: dagRunClearBody,
        response: { 200: z.union([taskInstanceCollection, dagRun]), ...errors.create },
      },
    },
    async (request) => {
      const { dag_id: dagId, dag_run_id: runId } = request.params;
      const { dry_run: dryRun, only_failed: onlyFailed, run_on_latest_version: runOnLatestVersion } = request.body;
      await existingRun(store, dagId, runId);
      request.auditDetails = { dry_run: dryRun, only_failed: onlyFailed, run_on_latest_version: runOnLatestVersion };
      const cleared = await clear({ dagId, runId, dryRun, onlyFailed, runOnLatestVersion });
      if (dryRun) return cleared;
      const run = await existingRun(store, dagId, runId);
      return runView(run, await versions.get(run.versionId));
    },
  );

  app.post(
    "/api/v2/dags/:dag_id/clearTaskInstances",
    {
      config: { policy: clearPolicy, audit: "clear_task_instances" },
      schema: {
        tags: ["Task Instance"],
        summary: "Clear task instances of a run, so that they run again",
        params: dagPath,
        body: clearTaskInstancesBody,
        response: { 200: taskInstanceCollection, ...errors.create },
      },
    },
    async (request) => {
      const { dag_id: dagId } = request.params;
      const { dag_run_id: runId, task_ids: named, dry_run: dryRun, only_failed: onlyFailed, only_running: onlyRunning } = request.body;
      const run = await existingRun(store, dagId, runId);
      request.auditDetails = auditDetails(request.body);
      const selection = await taskSelection(store, run, {
        taskIds: named?.map((one) => (typeof one === "string" ? one : one[0])) ?? null,
        instances: named?.filter((one) => typeof one !== "string") ?? [],
        includeUpstream: request.body.include_upstream,
        includeDownstream: request.body.include_downstream,
        includePast: request.body.include_past,
        includeFuture: request.body.include_future,
        dryRun,
      });
      const { run_on_latest_version: runOnLatestVersion, prevent_running_task: preventRunning } = request.body;
      return clear({ ...selection, onlyFailed, onlyRunning, runOnLatestVersion, preventRunning });
    },
  );

  async function clear(request: ClearRequest) {
    return collection(await store.runs.clearTaskInstances(request));
  }
}

function auditDetails(body: z.infer<typeof clearTaskInstancesBody>): JsonObject {
  const { task_ids: taskIds, reset_dag_runs: _reset, ...rest } = body;
  const flags = Object.entries(rest).filter(([, value]) => value !== undefined && value !== false);
  return { ...Object.fromEntries(flags), dry_run: body.dry_run, only_failed: body.only_failed, task_ids: taskIds ?? [] };
}
