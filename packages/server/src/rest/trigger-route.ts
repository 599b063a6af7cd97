import { callerOf } from "../access/caller-of.ts";
import { onDag } from "../access/policy.ts";
import { dagPath } from "../http/path-params.ts";
import { existingActiveDag } from "../records/existing-records.ts";
import { newManualRun, triggeredByCaller } from "../runs/new-manual-run.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { dagRun, triggerBody } from "./schemas/run-schemas.ts";
import { runView } from "./views/run-view.ts";

/** Starting a run by hand. */
export function addTriggerRoute(app: App, context: RestContext): void {
  const { store, versions } = context;

  app.post(
    "/api/v2/dags/:dag_id/dagRuns",
    {
      config: { policy: onDag("create", "DAG Runs"), audit: "trigger_dag_run" },
      schema: {
        tags: ["DagRun"],
        summary: "Trigger a DAG",
        params: dagPath,
        body: triggerBody,
        response: { 200: dagRun, ...errors.create },
      },
    },
    async (request) => {
      const dag = await existingActiveDag(store, request.params.dag_id);
      const run = await store.runs.createRun(newManualRun(dag, request.body, { by: triggeredByCaller(callerOf(request)), ...context }));
      request.auditDetails = { dag_run_id: run.runId, conf_keys: Object.keys(run.conf) };
      return runView(run, await versions.get(run.versionId));
    },
  );
}
