import { PolyflowError } from "@polyflow/contracts";
import type { QueuedAssetFilter } from "@polyflow/store";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { globally, onDag } from "../access/policy.ts";
import { dagPath, runPath } from "../http/path-params.ts";
import { instantInput } from "../http/query.ts";
import { existingRun } from "../records/existing-records.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { assetEventCollection, queuedEvent, queuedEventCollection } from "./schemas/asset-schemas.ts";
import { errors, noContent } from "./schemas/common.ts";
import { assetEventView, queuedEventView } from "./views/asset-view.ts";

const tags = ["Asset"];
const serial = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const assetPath = z.object({ asset_id: serial });
const dagAssetPath = dagPath.extend({ asset_id: serial });
const querystring = z.strictObject({ before: instantInput.optional() });
/** More updates of one run than this are cut. */
const MOST_EVENTS = 1000;

/** Updates that DAGs wait with until their condition holds, and those that a run answered. */
export function addQueuedEventRoutes(app: App, context: RestContext): void {
  addQueueOfDag(app, context);
  addQueueOfAssetOfDag(app, context);
  addQueueOfAsset(app, context);
  addUpstreamEvents(app, context);
}

const reading = onDag("read", "DAGs");
const deleting = onDag("edit", "DAGs");

function addQueueOfDag(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/dags/:dag_id/assets/queuedEvents",
    {
      config: { policy: reading },
      schema: {
        tags,
        summary: "List the updates that a DAG waits with",
        params: dagPath,
        querystring,
        response: { 200: queuedEventCollection, ...errors.one },
      },
    },
    async (request) => listOf(store, { dagId: request.params.dag_id, ...before(request.query) }),
  );

  app.delete(
    "/api/v2/dags/:dag_id/assets/queuedEvents",
    {
      config: { policy: deleting, audit: "delete_queued_asset_events" },
      schema: {
        tags,
        summary: "Drop the updates that a DAG waits with",
        params: dagPath,
        querystring,
        response: { 204: noContent, ...errors.one },
      },
    },
    async (request, reply) => {
      request.auditDetails = { dropped: await store.assets.deleteQueuedAssets({ dagId: request.params.dag_id, ...before(request.query) }) };
      return reply.code(204).send();
    },
  );
}

function addQueueOfAssetOfDag(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/dags/:dag_id/assets/:asset_id/queuedEvents",
    {
      config: { policy: reading },
      schema: {
        tags,
        summary: "Get the updates of an asset that a DAG waits with",
        params: dagAssetPath,
        querystring,
        response: { 200: queuedEvent, ...errors.one },
      },
    },
    async (request) => {
      const { dag_id: dagId, asset_id: assetId } = request.params;
      const [found] = (await listOf(store, { dagId, assetId, ...before(request.query) })).queued_events;
      if (found === undefined) throw new PolyflowError("not_found", `DAG "${dagId}" waits with no update of asset ${assetId}.`);
      return found;
    },
  );

  app.delete(
    "/api/v2/dags/:dag_id/assets/:asset_id/queuedEvents",
    {
      config: { policy: deleting, audit: "delete_queued_asset_events" },
      schema: {
        tags,
        summary: "Drop the updates of an asset that a DAG waits with",
        params: dagAssetPath,
        querystring,
        response: { 204: noContent, ...errors.one },
      },
    },
    async (request, reply) => {
      const { dag_id: dagId, asset_id: assetId } = request.params;
      request.auditDetails = {
        asset_id: assetId,
        dropped: await store.assets.deleteQueuedAssets({ dagId, assetId, ...before(request.query) }),
      };
      return reply.code(204).send();
    },
  );
}

function addQueueOfAsset(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/assets/:asset_id/queuedEvents",
    {
      config: { policy: globally("read", "Assets") },
      schema: {
        tags,
        summary: "List the DAGs that wait with updates of an asset",
        params: assetPath,
        querystring,
        response: { 200: queuedEventCollection, ...errors.one },
      },
    },
    async (request) => {
      const readableDagIds = callerOf(request).rights.dagIds("read", "DAGs");
      return listOf(store, {
        ...(readableDagIds === undefined ? {} : { readableDagIds }),
        assetId: request.params.asset_id,
        ...before(request.query),
      });
    },
  );

  app.delete(
    "/api/v2/assets/:asset_id/queuedEvents",
    {
      config: { policy: globally("delete", "Assets"), audit: "delete_queued_asset_events" },
      schema: {
        tags,
        summary: "Drop the updates of an asset that DAGs wait with",
        params: assetPath,
        querystring,
        response: { 204: noContent, ...errors.one },
      },
    },
    async (request, reply) => {
      const editable = callerOf(request).rights.dagIds("edit", "DAGs");
      const filter = { ...(editable === undefined ? {} : { readableDagIds: editable }), assetId: request.params.asset_id };
      request.auditDetails = { ...request.params, dropped: await store.assets.deleteQueuedAssets({ ...filter, ...before(request.query) }) };
      return reply.code(204).send();
    },
  );
}

function addUpstreamEvents(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/upstreamAssetEvents",
    {
      config: { policy: onDag("read", "DAG Runs") },
      schema: {
        tags,
        summary: "List the updates that triggered a run",
        params: runPath,
        response: { 200: assetEventCollection, ...errors.one },
      },
    },
    async (request) => {
      const { dag_id: dagId, dag_run_id: runId } = request.params;
      await existingRun(store, dagId, runId);
      const readableDagIds = callerOf(request).rights.dagIds("read", "DAGs");
      const page = await store.assets.listAssetEvents({
        ...(readableDagIds === undefined ? {} : { readableDagIds }),
        answeredBy: { dagId, runId },
        orderBy: "timestamp",
        limit: MOST_EVENTS,
        offset: 0,
      });
      return { asset_events: page.rows.map(assetEventView), total_entries: page.total };
    },
  );
}

async function listOf(store: RestContext["store"], filter: QueuedAssetFilter) {
  const found = await store.assets.listQueuedAssets(filter);
  const names = new Map<string, string>();
  for (const dagId of new Set(found.map((row) => row.dagId))) names.set(dagId, (await store.dags.getDag(dagId))?.displayName ?? dagId);
  return { queued_events: found.map((row) => queuedEventView(row, names.get(row.dagId) ?? row.dagId)), total_entries: found.length };
}

function before(query: { readonly before?: string | undefined }): { readonly before?: Date } {
  return query.before === undefined ? {} : { before: new Date(query.before) };
}
