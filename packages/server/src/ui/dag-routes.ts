import { DAG_RUN_STATES, PolyflowError } from "@polyflow/contracts";
import { uiDag, uiDagList, uiGrid, uiStructure } from "@polyflow/contracts/wire";
import type { DagListFilter, DagRecord } from "@polyflow/store";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { filtered, onDag } from "../access/policy.ts";
import type { Rights } from "../access/rights.ts";
import { dagPath } from "../http/path-params.ts";
import { flag, many, pageSize, paging } from "../http/query.ts";
import { existingDag } from "../records/existing-records.ts";
import { visibleImportErrors } from "../records/visible-import-errors.ts";
import { visibleTags } from "../records/visible-tags.ts";
import type { App, ServerContext } from "../server-context.ts";
import { uiDagView, uiRunSummaryView } from "./dag-view.ts";
import { structureView } from "./structure-view.ts";

/** Runs shown as bars beside each DAG of the list. */
const RECENT_RUNS = 14;
const ORDERS = ["dag_id", "-dag_id", "next_run", "-next_run", "last_run", "-last_run"] as const;

const listQuery = z.strictObject({
  search: z.string().max(250).optional(),
  tag: many(z.string().max(100)).optional(),
  owner: z.string().max(250).optional(),
  paused: flag.optional(),
  state: z.enum(DAG_RUN_STATES).optional(),
  order_by: z.enum(ORDERS).default("dag_id"),
  ...paging,
});

/** The list of DAGs, and one DAG with its structure and its grid. */
export function addUiDagRoutes(app: App, context: ServerContext): void {
  const { store, clock } = context;

  app.get(
    "/dags",
    { config: { policy: filtered("read", "DAGs") }, schema: { hide: true, querystring: listQuery, response: { 200: uiDagList } } },
    async (request) => {
      const { rights } = callerOf(request);
      const [page, tags, importErrors] = await Promise.all([
        store.dags.listDags(listFilter(request.query, rights)),
        visibleTags(store, rights),
        visibleImportErrors(store, rights),
      ]);
      return {
        dags: await dagViews(page.rows, rights),
        total_entries: page.total,
        tags: [...tags],
        import_errors: importErrors.map((error) => ({
          file: error.relativePath,
          code: error.code,
          message: error.message,
          line: error.line,
          column: error.column,
          at: error.at.toISOString(),
        })),
      };
    },
  );

  app.get(
    "/dags/:dag_id",
    { config: { policy: onDag("read", "DAGs") }, schema: { hide: true, params: dagPath, response: { 200: uiDag } } },
    async (request) => {
      const dag = await existingDag(store, request.params.dag_id);
      const [view] = await dagViews([dag], callerOf(request).rights);
      if (view === undefined) throw new PolyflowError("internal", `DAG ${dag.dagId} has no view.`);
      return view;
    },
  );

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

  /** Runs and task states are shown for those DAGs alone whose runs and task instances the caller may read. */
  async function dagViews(dags: readonly DagRecord[], rights: Rights) {
    const withRuns = dags.map((dag) => dag.dagId).filter((dagId) => rights.onDag("read", "DAG Runs", dagId));
    const withTasks = withRuns.filter((dagId) => rights.onDag("read", "Task Instances", dagId));
    const [runs, states] = await Promise.all([
      withRuns.length === 0 ? undefined : store.runs.recentRuns(withRuns, RECENT_RUNS),
      withTasks.length === 0 ? undefined : store.runs.taskStatesOfNewestRuns(withTasks),
    ]);
    const now = new Date(clock.now());
    return dags.map((dag) =>
      uiDagView(dag, { rights, now, recentRuns: runs?.get(dag.dagId) ?? [], taskStates: states?.get(dag.dagId) ?? {} }),
    );
  }
}

function listFilter(query: z.infer<typeof listQuery>, rights: Rights): DagListFilter {
  const readableDagIds = rights.dagIds("read", "DAGs");
  return {
    ...(query.search === undefined ? {} : { search: query.search }),
    ...(query.tag === undefined ? {} : { tags: query.tag }),
    ...(query.owner === undefined ? {} : { owner: query.owner }),
    ...(query.paused === undefined ? {} : { isPaused: query.paused }),
    ...(query.state === undefined ? {} : { lastRunState: query.state }),
    ...(readableDagIds === undefined ? {} : { readableDagIds }),
    limit: pageSize(query.limit),
    offset: query.offset,
    orderBy: query.order_by,
  };
}
