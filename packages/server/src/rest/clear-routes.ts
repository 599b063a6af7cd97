import { PolyflowError } from "@polyflow/contracts";
import type { ClearRequest, DagRunRecord } from "@polyflow/store";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { dagPath, runPath } from "../http/path-params.ts";
import { existingRun } from "../records/existing-records.ts";
import { selectTasks, type TaskSelection } from "../runs/select-tasks.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-routes.ts";
import { errors } from "./schemas/common.ts";
import { clearTaskInstancesBody, dagRun, dagRunClearBody, taskInstanceCollection } from "./schemas/run-schemas.ts";
import { runView, taskInstanceView } from "./views/run-view.ts";

const clearPolicy = [onDag("edit", "Task Instances"), onDag("edit", "DAG Runs")];

/** Clearing task instances, so that they run again; a dry run (the default) tells which ones it would be. */
export function addClearRoutes(app: App, { store, versions }: RestContext): void {
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
      const { dry_run: dryRun, only_failed: onlyFailed } = request.body;
      await existingRun(store, dagId, runId);
      request.auditDetails = { dry_run: dryRun, only_failed: onlyFailed };
      const cleared = await clear({ dagId, runId, dryRun, onlyFailed });
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
      const { dag_run_id: runId, task_ids: named, dry_run: dryRun, only_failed: onlyFailed, ...include } = request.body;
      const run = await existingRun(store, dagId, runId);
      request.auditDetails = { dag_run_id: runId, dry_run: dryRun, only_failed: onlyFailed, task_ids: named ?? [] };
      if (named == null) return clear({ dagId, runId, dryRun, onlyFailed });
      const taskIds = await selectedTasks(run, {
        taskIds: named,
        includeUpstream: include.include_upstream,
        includeDownstream: include.include_downstream,
      });
      return clear({ dagId, runId, dryRun, onlyFailed, taskIds });
    },
  );

  async function clear(request: ClearRequest) {
    const instances = await store.runs.clearTaskInstances(request);
    const run = await existingRun(store, request.dagId, request.runId);
    const version = await versions.get(run.versionId);
    return { task_instances: instances.map((instance) => taskInstanceView(instance, run, { version })), total_entries: instances.length };
  }

  async function selectedTasks(run: DagRunRecord, selection: TaskSelection): Promise<readonly string[]> {
    const version = await store.dags.getVersion(run.versionId);
    if (version === undefined) throw new PolyflowError("internal", `Version ${run.versionId} of run "${run.runId}" is not there.`);
    const known = new Set(version.spec.tasks.map((task) => task.taskId));
    const unknown = selection.taskIds.filter((taskId) => !known.has(taskId));
    if (unknown.length === 0) return selectTasks(version.spec, selection);
    const names = unknown.map((taskId) => `"${taskId}"`).join(", ");
    throw new PolyflowError("task_instance_not_found", `Run "${run.runId}" of DAG "${run.dagId}" has no task ${names}.`);
  }
}
