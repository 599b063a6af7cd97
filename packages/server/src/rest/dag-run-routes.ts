import { DAG_RUN_STATES } from "@polyflow/contracts";
import type { RunListFilter } from "@polyflow/store";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { onDag } from "../access/policy.ts";
import type { Rights } from "../access/rights.ts";
import { dagIdOrAll, runPath } from "../http/path-params.ts";
import { many, pageSize, paging } from "../http/query.ts";
import { existingDag, existingRun } from "../records/existing-records.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { dagRun, dagRunCollection, dagRunsBatchBody } from "./schemas/run-schemas.ts";
import { runView } from "./views/run-view.ts";

const order = z.enum(["run_after", "-run_after", "start_date", "-start_date"]);
const tags = ["DagRun"];

/** Looking at runs, of one DAG or (`~`) of all that the caller may see. */
export function addDagRunRoutes(app: App, { store, versions }: RestContext): void {
  app.get(
    "/api/v2/dags/:dag_id/dagRuns",
    {
      config: { policy: onDag("read", "DAG Runs") },
      schema: {
        tags,
        summary: "List the runs of a DAG, or of all with `~`",
        params: z.object({ dag_id: dagIdOrAll }),
        querystring: z.strictObject({ state: many(z.enum(DAG_RUN_STATES)).optional(), order_by: order.default("run_after"), ...paging }),
        response: { 200: dagRunCollection, ...errors.one },
      },
    },
    async (request) => {
      const { dag_id: dagId } = request.params;
      const { state, order_by: orderBy, limit, offset } = request.query;
      if (dagId !== "~") await existingDag(store, dagId);
      return listRuns({
        ...(dagId === "~" ? readable(callerOf(request).rights) : { dagIds: [dagId] }),
        ...(state === undefined ? {} : { states: state }),
        orderBy,
        limit: pageSize(limit),
        offset,
      });
    },
  );

  app.post(
    "/api/v2/dags/:dag_id/dagRuns/list",
    {
      // Nothing changes here, but every POST of a cookie session is checked and noted alike.
      config: { policy: onDag("read", "DAG Runs"), audit: "list_dag_runs" },
      schema: {
        tags,
        summary: "List runs of several DAGs",
        params: z.object({ dag_id: z.literal("~") }),
        body: dagRunsBatchBody,
        response: { 200: dagRunCollection, ...errors.one },
      },
    },
    async (request) => {
      const { dag_ids: dagIds, states, order_by: orderBy, page_limit: limit, page_offset: offset } = request.body;
      return listRuns({
        ...readable(callerOf(request).rights),
        ...(dagIds == null ? {} : { dagIds }),
        ...(states == null ? {} : { states }),
        orderBy: orderBy ?? "run_after",
        limit: pageSize(limit),
        offset,
      });
    },
  );

  app.get(
    "/api/v2/dags/:dag_id/dagRuns/:dag_run_id",
    {
      config: { policy: onDag("read", "DAG Runs") },
      schema: { tags, summary: "Get a run", params: runPath, response: { 200: dagRun, ...errors.one } },
    },
    async (request) => {
      const run = await existingRun(store, request.params.dag_id, request.params.dag_run_id);
      return runView(run, await versions.get(run.versionId));
    },
  );

  async function listRuns(filter: RunListFilter) {
    const page = await store.runs.listRuns(filter);
    const known = await versions.getMany(page.rows.map((run) => run.versionId));
    return { dag_runs: page.rows.map((run) => runView(run, known.get(run.versionId))), total_entries: page.total };
  }
}

function readable(rights: Rights): { readonly readableDagIds?: readonly string[] } {
  const readableDagIds = rights.dagIds("read", "DAG Runs");
  return readableDagIds === undefined ? {} : { readableDagIds };
}
