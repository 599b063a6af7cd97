import { DAG_RUN_STATES, PolyflowError } from "@polyflow/contracts";
import type { DagListFilter } from "@polyflow/store";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { filtered, onDag } from "../access/policy.ts";
import type { Rights } from "../access/rights.ts";
import { dagPath } from "../http/path-params.ts";
import { flag, many, pageSize, paging } from "../http/query.ts";
import { existingDag } from "../records/existing-records.ts";
import { versionFacts } from "../records/run-versions.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors, noContent } from "./schemas/common.ts";
import { dag, dagCollection, dagDetails, dagPatch } from "./schemas/dag-schemas.ts";
import { dagDetailsView, dagView } from "./views/dag-view.ts";

const ORDERS = {
  dag_id: "dag_id",
  "-dag_id": "-dag_id",
  next_dagrun: "next_run",
  "-next_dagrun": "-next_run",
  last_run_start_date: "last_run",
  "-last_run_start_date": "-last_run",
} as const;

const listQuery = z.strictObject({
  tags: many(z.string().max(100)).optional(),
  tags_match_mode: z.enum(["any", "all"]).optional(),
  owners: many(z.string().max(250)).optional(),
  dag_id_pattern: z.string().max(1000).optional().meta({ description: "SQL LIKE pattern (`%`, `_`); alternatives are separated by `|`." }),
  exclude_stale: flag.default(true),
  paused: flag.optional(),
  last_dag_run_state: z.enum(DAG_RUN_STATES).optional(),
  order_by: z.enum(["dag_id", "-dag_id", "next_dagrun", "-next_dagrun", "last_run_start_date", "-last_run_start_date"]).default("dag_id"),
  ...paging,
});

const tags = ["DAG"];

/** DAGs. */
export function addDagRoutes(app: App, { store, versions }: RestContext): void {
  app.get(
    "/api/v2/dags",
    {
      config: { policy: filtered("read", "DAGs") },
      schema: { tags, summary: "List DAGs", querystring: listQuery, response: { 200: dagCollection, ...errors.list } },
    },
    async (request) => {
      const page = await store.dags.listDags(listFilter(request.query, callerOf(request).rights));
      return { dags: page.rows.map(dagView), total_entries: page.total };
    },
  );

  app.get(
    "/api/v2/dags/:dag_id",
    {
      config: { policy: onDag("read", "DAGs") },
      schema: { tags, summary: "Get a DAG", params: dagPath, response: { 200: dag, ...errors.one } },
    },
    async (request) => dagView(await existingDag(store, request.params.dag_id)),
  );

  app.get(
    "/api/v2/dags/:dag_id/details",
    {
      config: { policy: onDag("read", "DAGs") },
      schema: { tags, summary: "Get a DAG with all its settings", params: dagPath, response: { 200: dagDetails, ...errors.one } },
    },
    async (request) => {
      const found = await existingDag(store, request.params.dag_id);
      const [active, version] = await Promise.all([
        store.runs.listRuns({ dagIds: [found.dagId], states: ["queued", "running"], limit: 1, offset: 0 }),
        store.dags.getVersion(found.versionId),
      ]);
      const facts = version === undefined ? await versions.get(found.versionId) : versionFacts(version, found.bundleName);
      return dagDetailsView(found, { activeRuns: active.total, version: facts });
    },
  );

  app.patch(
    "/api/v2/dags/:dag_id",
    {
      config: { policy: onDag("edit", "DAGs"), audit: "edit_dag" },
      schema: {
        tags,
        summary: "Pause or unpause a DAG",
        params: dagPath,
        querystring: z.strictObject({ update_mask: many(z.literal("is_paused")).optional() }),
        body: dagPatch,
        response: { 200: dag, ...errors.one },
      },
    },
    async (request) => {
      const { dag_id: dagId } = request.params;
      const changed = await store.dags.setPaused(dagId, request.body.is_paused);
      if (changed === undefined) throw new PolyflowError("dag_not_found", `There is no DAG "${dagId}".`);
      request.auditDetails = { is_paused: changed.isPaused };
      return dagView(changed);
    },
  );

  app.delete(
    "/api/v2/dags/:dag_id",
    {
      config: { policy: onDag("delete", "DAGs"), audit: "delete_dag" },
      schema: {
        tags,
        summary: "Delete a DAG with its history; it comes back while its file is there",
        params: dagPath,
        response: { 204: noContent, ...errors.one },
      },
    },
    async (request, reply) => {
      const { dag_id: dagId } = request.params;
      if (!(await store.dags.deleteDag(dagId))) throw new PolyflowError("dag_not_found", `There is no DAG "${dagId}".`);
      return reply.code(204).send();
    },
  );
}

function listFilter(query: z.infer<typeof listQuery>, rights: Rights): DagListFilter {
  const readableDagIds = rights.dagIds("read", "DAGs");
  return {
    ...(query.tags === undefined ? {} : { tags: query.tags }),
    ...(query.tags_match_mode === undefined ? {} : { tagsMatch: query.tags_match_mode }),
    ...(query.owners === undefined ? {} : { owners: query.owners }),
    ...(query.dag_id_pattern === undefined ? {} : { dagIdPattern: query.dag_id_pattern }),
    ...(query.paused === undefined ? {} : { isPaused: query.paused }),
    ...(query.last_dag_run_state === undefined ? {} : { lastRunState: query.last_dag_run_state }),
    ...(readableDagIds === undefined ? {} : { readableDagIds }),
    onlyActive: query.exclude_stale,
    limit: pageSize(query.limit),
    offset: query.offset,
    orderBy: ORDERS[query.order_by],
  };
}
