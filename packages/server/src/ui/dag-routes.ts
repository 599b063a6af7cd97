import { DAG_RUN_STATES, PolyflowError } from "@polyflow/contracts";
import type { UiDag, UiDagList } from "@polyflow/contracts/wire";
import { DAG_LIST_ORDERS, type DagListQuery } from "@polyflow/store";
import { z } from "zod";
import type { Caller } from "../access/caller.ts";
import { callerOf } from "../access/caller-of.ts";
import { filtered, onDag } from "../access/policy.ts";
import type { Rights } from "../access/rights.ts";
import { dagPath } from "../http/path-params.ts";
import { flag, many } from "../http/query.ts";
import { existingDag } from "../records/existing-records.ts";
import type { App, ServerContext } from "../server-context.ts";
import { type DagViewFacts, listedDagView, uiDagView } from "./dag-view.ts";

/** Runs shown as bars beside each DAG of the list. */
const RECENT_RUNS = 14;
const MAX_PAGE = 200;

const name = z.string().min(1).max(250);
const listQuery = z.strictObject({
  search: z.string().max(250).optional(),
  tag: many(name).optional(),
  owner: many(name).optional(),
  project: many(name).optional(),
  paused: flag.optional(),
  state: many(z.enum([...DAG_RUN_STATES, "none"])).optional(),
  favourite: flag.optional(),
  order_by: z.enum(DAG_LIST_ORDERS).default("dag_id"),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  after: z.string().max(1000).optional(),
});

/** The list of DAGs, and one DAG. */
export function addUiDagRoutes(app: App, context: ServerContext): void {
  const { store, clock } = context;
  app.get(
    "/dags",
    { config: { policy: filtered("read", "DAGs") }, schema: { hide: true, querystring: listQuery } },
    async (request): Promise<UiDagList> => {
      const caller = callerOf(request);
      const { order_by: orderBy, limit, after } = request.query;
      const page = await store.dagList.pageDags(listQueryOf(request.query, caller), {
        orderBy,
        limit,
        ...(after === undefined ? {} : { after }),
      });
      const facts = await factsOf(
        page.dags.map((dag) => dag.dagId),
        caller.rights,
      );
      return { dags: page.dags.map((dag) => listedDagView(dag, facts(dag.dagId))), next: page.next };
    },
  );

  app.get(
    "/dags/:dag_id",
    { config: { policy: onDag("read", "DAGs") }, schema: { hide: true, params: dagPath } },
    async (request): Promise<UiDag> => {
      const { rights, principal } = callerOf(request);
      const dag = await existingDag(store, request.params.dag_id);
      const [facts, isFavourite] = await Promise.all([
        factsOf([dag.dagId], rights),
        store.dagList.isFavourite(principal.userId, dag.dagId),
      ]);
      return uiDagView(dag, { ...facts(dag.dagId), now: new Date(clock.now()), isFavourite });
    },
  );

  /** Runs and task states are shown for those DAGs alone whose runs and task instances the caller may read. */
  async function factsOf(dagIds: readonly string[], rights: Rights): Promise<(dagId: string) => DagViewFacts> {
    const withRuns = dagIds.filter((dagId) => rights.onDag("read", "DAG Runs", dagId));
    const withTasks = withRuns.filter((dagId) => rights.onDag("read", "Task Instances", dagId));
    const [runs, states] = await Promise.all([
      withRuns.length === 0 ? undefined : store.runs.recentRuns(withRuns, RECENT_RUNS),
      withTasks.length === 0 ? undefined : store.runs.taskStatesOfNewestRuns(withTasks),
    ]);
    return (dagId) => ({ rights, recentRuns: runs?.get(dagId) ?? [], taskStates: states?.get(dagId) ?? {} });
  }
}

function listQueryOf(query: z.infer<typeof listQuery>, { principal, rights }: Caller): DagListQuery {
  if (query.favourite === false) throw new PolyflowError("request_invalid", "favourite is false; leave it out to see all DAGs.");
  const readableDagIds = rights.dagIds("read", "DAGs");
  return {
    userId: principal.userId,
    ...(query.search === undefined ? {} : { search: query.search }),
    ...(query.tag === undefined ? {} : { tags: query.tag }),
    ...(query.owner === undefined ? {} : { owners: query.owner }),
    ...(query.project === undefined ? {} : { bundleNames: query.project }),
    ...(query.paused === undefined ? {} : { isPaused: query.paused }),
    ...(query.state === undefined ? {} : { newestRunStates: query.state }),
    ...(query.favourite === true ? { onlyFavourites: true } : {}),
    ...(readableDagIds === undefined ? {} : { readableDagIds }),
  };
}
