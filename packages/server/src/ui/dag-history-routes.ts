import { PolyflowError, TASK_STATES_BY_URGENCY } from "@polyflow/contracts";
import type { UiGrid, UiGridCells } from "@polyflow/contracts/wire";
import type { GridCells } from "@polyflow/store";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { dagPath, runId } from "../http/path-params.ts";
import { many } from "../http/query.ts";
import { existingDag } from "../records/existing-records.ts";
import type { App, ServerContext } from "../server-context.ts";
import { uiRunSummaryView } from "./dag-view.ts";
import { StructureTexts } from "./structure-texts.ts";
import { groupsView } from "./structure-view.ts";

const gridPolicy = [onDag("read", "DAG Runs"), onDag("read", "Task Instances")];
/** Columns of the grid in one answer. */
const MOST_RUNS = 100;

/** A DAG's graph, in its newest or an older version, and the grid of its runs. */
export function addUiDagHistoryRoutes(app: App, { store }: ServerContext): void {
  const structures = new StructureTexts();
  app.get(
    "/dags/:dag_id/structure",
    {
      config: { policy: onDag("read", "DAGs") },
      schema: {
        hide: true,
        params: dagPath,
        querystring: z.strictObject({ version_number: z.coerce.number().int().min(1).optional() }),
      },
    },
    async (request, reply) => {
      const dag = await existingDag(store, request.params.dag_id);
      const wanted = request.query.version_number ?? dag.versionNumber;
      reply.type("application/json; charset=utf-8");
      if (wanted === dag.versionNumber) return structures.of(dag);
      const version = (await store.dags.listVersions(dag.dagId)).find((candidate) => candidate.versionNumber === wanted);
      if (version === undefined)
        throw new PolyflowError("not_found", `DAG ${dag.dagId} has no version ${wanted}; its newest is ${dag.versionNumber}.`);
      return structures.of(version);
    },
  );

  app.get(
    "/dags/:dag_id/grid",
    {
      config: { policy: gridPolicy },
      schema: { hide: true, params: dagPath, querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(365).default(25) }) },
    },
    async (request): Promise<UiGrid> => {
      const dag = await existingDag(store, request.params.dag_id);
      const runs = await store.runs.recentRuns([dag.dagId], request.query.limit);
      return {
        tasks: dag.spec.tasks.map((task) => ({
          task_id: task.taskId,
          label: task.displayName ?? task.taskId,
          group_id: task.groupId ?? null,
        })),
        groups: groupsView(dag.spec),
        runs: (runs.get(dag.dagId) ?? []).map(uiRunSummaryView),
      };
    },
  );

  app.get(
    "/dags/:dag_id/grid/cells",
    {
      config: { policy: gridPolicy },
      schema: { hide: true, params: dagPath, querystring: z.strictObject({ run_id: many(runId).default([]) }) },
    },
    async (request): Promise<UiGridCells> => {
      const dag = await existingDag(store, request.params.dag_id);
      const taskIds = dag.spec.tasks.map((task) => task.taskId);
      const runs = await store.runs.gridCells(dag.dagId, request.query.run_id.slice(0, MOST_RUNS), taskIds);
      return { runs: runs.map(gridCellsView) };
    },
  );
}

function gridCellsView(run: GridCells): UiGridCells["runs"][number] {
  return {
    run_id: run.runId,
    places: [...run.places],
    states: run.states.map((state) => TASK_STATES_BY_URGENCY.indexOf(state)),
    offsets: [...run.offsetsMs],
    durations: [...run.durationsMs],
    ...(run.tries.some((count) => count > 1) ? { tries: [...run.tries] } : {}),
    ...(run.instances.some((count) => count > 1) ? { instances: [...run.instances] } : {}),
  };
}
