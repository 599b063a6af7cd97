import { PolyflowError } from "@polyflow/contracts";
import { uiGrid, uiStructure } from "@polyflow/contracts/wire";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { dagPath } from "../http/path-params.ts";
import { existingDag } from "../records/existing-records.ts";
import type { App, ServerContext } from "../server-context.ts";
import { uiRunSummaryView } from "./dag-view.ts";
import { structureView } from "./structure-view.ts";

/** A DAG's graph, in its newest or an older version, and the grid of its runs. */
export function addUiDagHistoryRoutes(app: App, { store }: ServerContext): void {
  app.get(
    "/dags/:dag_id/structure",
    {
      config: { policy: onDag("read", "DAGs") },
      schema: {
        hide: true,
        params: dagPath,
        querystring: z.strictObject({ version_number: z.coerce.number().int().min(1).optional() }),
        response: { 200: uiStructure },
      },
    },
    async (request) => {
      const dag = await existingDag(store, request.params.dag_id);
      const wanted = request.query.version_number ?? dag.versionNumber;
      if (wanted === dag.versionNumber) return structureView(dag.spec, wanted);
      const version = (await store.dags.listVersions(dag.dagId)).find((candidate) => candidate.versionNumber === wanted);
      if (version === undefined)
        throw new PolyflowError("not_found", `DAG ${dag.dagId} has no version ${wanted}; its newest is ${dag.versionNumber}.`);
      return structureView(version.spec, wanted);
    },
  );

  app.get(
    "/dags/:dag_id/grid",
    {
      config: { policy: [onDag("read", "DAG Runs"), onDag("read", "Task Instances")] },
      schema: {
        hide: true,
        params: dagPath,
        querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(365).default(25) }),
        response: { 200: uiGrid },
      },
    },
    async (request) => {
      const dag = await existingDag(store, request.params.dag_id);
      const runs = await store.runs.gridRuns(dag.dagId, request.query.limit);
      return {
        task_ids: dag.spec.tasks.map((task) => task.taskId),
        runs: runs.map((run) => ({
          ...uiRunSummaryView(run),
          tasks: run.tasks.map((task) => ({
            task_id: task.taskId,
            map_index: task.mapIndex,
            state: task.state,
            try_number: task.tryNumber,
            start_date: task.startDate?.toISOString() ?? null,
            end_date: task.endDate?.toISOString() ?? null,
          })),
        })),
      };
    },
  );
}
