import { PolyflowError } from "@polyflow/contracts";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { runPath } from "../http/path-params.ts";
import { many } from "../http/query.ts";
import { existingRun } from "../records/existing-records.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors, noContent } from "./schemas/common.ts";
import { dagRun, dagRunPatch } from "./schemas/run-schemas.ts";
import { runView } from "./views/run-view.ts";

const tags = ["DagRun"];

/** Marking a run, changing its note, deleting it with its logs. */
export function addDagRunEditRoutes(app: App, { store, versions, logs }: RestContext): void {
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
      schema: {
        tags,
        summary: "Delete a run with its task instances, XComs and logs",
        params: runPath,
        response: { 204: noContent, ...errors.one },
      },
    },
    async (request, reply) => {
      const { dag_id: dagId, dag_run_id: runId } = request.params;
      if (!(await store.runs.deleteRun(dagId, runId)))
        throw new PolyflowError("dag_run_not_found", `DAG "${dagId}" has no run "${runId}".`);
      await logs.deleteRun(dagId, runId);
      return reply.code(204).send();
    },
  );
}

/** Airflow's `update_mask`: of the body only these fields count. */
function masked<Body extends object>(body: Body, mask: readonly (keyof Body & string)[] | undefined): Body {
  if (mask === undefined) return body;
  const kept = { ...body };
  for (const name of Object.keys(body)) if (!mask.some((wanted) => wanted === name)) Reflect.deleteProperty(kept, name);
  return kept;
}
