import { DAG_RUN_STATES, PolyflowError } from "@polyflow/contracts";
import { uiDag, uiDagList } from "@polyflow/contracts/wire";
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
import { uiDagView } from "./dag-view.ts";

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

/** The list of DAGs, and one DAG. */
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
