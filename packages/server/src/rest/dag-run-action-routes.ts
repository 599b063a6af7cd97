import { PolyflowError } from "@polyflow/contracts";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { onDag } from "../access/policy.ts";
import { dagPath, runPath } from "../http/path-params.ts";
import { many } from "../http/query.ts";
import { existingDag, existingRun } from "../records/existing-records.ts";
import { newManualRun } from "../runs/new-manual-run.ts";
import { selectTasks } from "../runs/select-tasks.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-routes.ts";
import { errors, noContent } from "./schemas/common.ts";
import {
  clearTaskInstancesBody,
  dagRun,
  dagRunClearBody,
  dagRunPatch,
  taskInstanceCollection,
  triggerBody,
} from "./schemas/run-schemas.ts";
import { runView, taskInstanceView } from "./views/run-view.ts";

const tags = ["DagRun"];
const clearPolicy = [onDag("edit", "Task Instances"), onDag("edit", "DAG Runs")];

/** What users do to runs: trigger, mark, note, clear, delete. */
export function addDagRunActionRoutes(app: App, context: RestContext): void {
  const { store, versions } = context;

  app.post(
    "/api/v2/dags/:dag_id/dagRuns",
    {
      config: { policy: onDag("create", "DAG Runs"), audit: "trigger_dag_run" },
      schema: { tags, summary: "Trigger a DAG", params: dagPath, body: triggerBody, response: { 200: dagRun, ...errors.create } },
    },
    async (request) => {
      const dag = await existingDag(store, request.params.dag_id);
      if (!dag.isActive) {
        throw new PolyflowError(
          "dag_not_found",
          `The file of DAG "${dag.dagId}" is gone, so that it cannot run. Its history stays to be read.`,
        );
      }
      const run = await store.runs.createRun(newManualRun(dag, request.body, { caller: callerOf(request), ...context }));
      request.auditDetails = { dag_run_id: run.runId, conf_keys: Object.keys(run.conf) };
      return runView(run, await versions.get(run.versionId));
    },
  );

  app.patch(
    "/api/v2/dags/:dag_id/dagRuns/:dag_run_id",
    {
      config: { policy: onDag("edit", "DAG Runs"), audit: "edit_dag_run" },
      schema: {
        tags,
        summary: "Mark a run as success or failed, or change its note",
        params: runPath,
        querystring: z.strictObject({ update_mask: many(z.enum(["state", "note"])).optional() }),
        body: dagRunPatch,
        response: { 200: dagRun, ...errors.create },
      },
    },
    async (request) => {
      const { dag_id: dagId, dag_run_id: runId } = request.params;
      const { state, note } = masked(request.body, request.query.update_mask);
      let run = await existingRun(store, dagId, runId);
      if (note !== undefined) run = (await store.runs.setRunNote(dagId, runId, note)) ?? run;
      if (state !== undefined) run = (await store.runs.markRun(dagId, runId, state)) ?? run;
      request.auditDetails = { ...(state === undefined ? {} : { state }), note_changed: note !== undefined };
      return runView(run, await versions.get(run.versionId));
    },
  );

  app.delete(
    "/api/v2/dags/:dag_id/dagRuns/:dag_run_id",
    {
      config: { policy: onDag("delete", "DAG Runs"), audit: "delete_dag_run" },
      schema: { tags, summary: "Delete a run with its task instances", params: runPath, response: { 204: noContent, ...errors.one } },
    },
    async (request, reply) => {
      const { dag_id: dagId, dag_run_id: runId } = request.params;
      if (!(await store.runs.deleteRun(dagId, runId)))
        throw new PolyflowError("dag_run_not_found", `DAG "${dagId}" has no run "${runId}".`);
      return reply.code(204).send();
    },
  );

  app.post(
    "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/clear",
    {
      config: { policy: clearPolicy, audit: "clear_dag_run" },
      schema: {
        tags,
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
      const version = await store.dags.getVersion(run.versionId);
      if (version === undefined) throw new PolyflowError("internal", `Version ${run.versionId} of run "${runId}" is not there.`);
      const unknown = named.filter((taskId) => !version.spec.tasks.some((task) => task.taskId === taskId));
      if (unknown.length > 0) {
        throw new PolyflowError(
          "task_instance_not_found",
          `Run "${runId}" of DAG "${dagId}" has no task ${unknown.map((id) => `"${id}"`).join(", ")}.`,
        );
      }
      const taskIds = selectTasks(version.spec, {
        taskIds: named,
        includeUpstream: include.include_upstream,
        includeDownstream: include.include_downstream,
      });
      return clear({ dagId, runId, dryRun, onlyFailed, taskIds });
    },
  );

  async function clear(request: Parameters<typeof store.runs.clearTaskInstances>[0]) {
    const instances = await store.runs.clearTaskInstances(request);
    const run = await existingRun(store, request.dagId, request.runId);
    const version = await versions.get(run.versionId);
    return { task_instances: instances.map((instance) => taskInstanceView(instance, run, version)), total_entries: instances.length };
  }
}

/** Airflow's `update_mask`: of the body only these fields count. */
function masked<Body extends object>(body: Body, mask: readonly (keyof Body & string)[] | undefined): Body {
  if (mask === undefined) return body;
  const kept = { ...body };
  for (const name of Object.keys(body)) if (!mask.some((wanted) => wanted === name)) Reflect.deleteProperty(kept, name);
  return kept;
}
