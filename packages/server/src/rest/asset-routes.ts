import { PolyflowError } from "@polyflow/contracts";
import type { AssetRecord } from "@polyflow/store";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { globally } from "../access/policy.ts";
import { dagId, mapIndex, runId, taskId } from "../http/path-params.ts";
import { flag, instantInput, many, pageSize, paging } from "../http/query.ts";
import { existingActiveDag } from "../records/existing-records.ts";
import { newManualRun, triggeredByCaller } from "../runs/new-manual-run.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import {
  asset,
  assetAlias,
  assetAliasCollection,
  assetCollection,
  assetEvent,
  assetEventCollection,
  assetLineage,
  createAssetEventBody,
} from "./schemas/asset-schemas.ts";
import { errors } from "./schemas/common.ts";
import { dagRun, triggerBody } from "./schemas/run-schemas.ts";
import { assetEventView, assetLineageView, assetView } from "./views/asset-view.ts";
import { runView } from "./views/run-view.ts";

const tags = ["Asset"];
const serial = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const path = z.object({ asset_id: serial });
const pattern = z.string().min(1).max(1500);
/** Edges of the whole graph; an installation with more shows those of one asset. */
const MOST_LINEAGE_ASSETS = 5000;

/** Assets, aliases and events. Each answer holds what belongs to DAGs that the caller may read, and nothing else. */
export function addAssetRoutes(app: App, context: RestContext): void {
  addAssetReading(app, context);
  addAliasReading(app, context);
  addAssetEvents(app, context);
  addMaterialization(app, context);
}

function addAssetReading(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/assets",
    {
      config: { policy: globally("read", "Assets") },
      schema: {
        tags,
        summary: "List assets",
        querystring: z.strictObject({
          name_pattern: pattern.optional(),
          uri_pattern: pattern.optional(),
          dag_ids: many(dagId).optional(),
          only_active: flag.default(true),
          order_by: z.enum(["name", "-name", "id", "-id"]).default("name"),
          ...paging,
        }),
        response: { 200: assetCollection, ...errors.list },
      },
    },
    async (request) => {
      const { name_pattern: namePattern, uri_pattern: uriPattern, dag_ids: dagIds, only_active, order_by, limit, offset } = request.query;
      const page = await store.assets.listAssets({
        ...readable(request),
        ...(namePattern === undefined ? {} : { namePattern }),
        ...(uriPattern === undefined ? {} : { uriPattern }),
        ...(dagIds === undefined ? {} : { dagIds }),
        onlyActive: only_active,
        orderBy: order_by,
        limit: pageSize(limit),
        offset,
      });
      return { assets: page.rows.map(assetView), total_entries: page.total };
    },
  );

  app.get(
    "/api/v2/assets/lineage",
    {
      config: { policy: globally("read", "Assets") },
      schema: {
        tags,
        summary: "Assets and the DAGs that make and use them, as a graph",
        querystring: z.strictObject({ asset_id: serial.optional() }),
        response: { 200: assetLineage, ...errors.list },
      },
    },
    async (request) => {
      const { asset_id: assetId } = request.query;
      const page = await store.assets.listAssets({
        ...readable(request),
        ...(assetId === undefined ? {} : { assetId }),
        limit: MOST_LINEAGE_ASSETS,
        offset: 0,
      });
      return assetLineageView(page.rows);
    },
  );

  app.get(
    "/api/v2/assets/:asset_id",
    {
      config: { policy: globally("read", "Assets") },
      schema: { tags, summary: "Get an asset", params: path, response: { 200: asset, ...errors.one } },
    },
    async (request) => assetView(await existing(store, request, request.params.asset_id)),
  );
}

function addAliasReading(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/assets/aliases",
    {
      config: { policy: globally("read", "Asset Aliases") },
      schema: {
        tags,
        summary: "List asset aliases",
        querystring: z.strictObject({ name_pattern: pattern.optional(), ...paging }),
        response: { 200: assetAliasCollection, ...errors.list },
      },
    },
    async (request) => {
      const { name_pattern: namePattern, limit, offset } = request.query;
      const filter = { ...readable(request), ...(namePattern === undefined ? {} : { namePattern }) };
      const page = await store.assets.listAliases({ ...filter, limit: pageSize(limit), offset });
      return { asset_aliases: page.rows.map(({ aliasId, name, group }) => ({ id: aliasId, name, group })), total_entries: page.total };
    },
  );

  app.get(
    "/api/v2/assets/aliases/:asset_alias_id",
    {
      config: { policy: globally("read", "Asset Aliases") },
      schema: {
        tags,
        summary: "Get an asset alias",
        params: z.object({ asset_alias_id: serial }),
        response: { 200: assetAlias, ...errors.one },
      },
    },
    async (request) => {
      const id = request.params.asset_alias_id;
      const { rows } = await store.assets.listAliases({ ...readable(request), aliasId: id, limit: 1, offset: 0 });
      const [found] = rows;
      if (found === undefined) throw new PolyflowError("asset_not_found", `There is no asset alias ${id}.`);
      return { id: found.aliasId, name: found.name, group: found.group };
    },
  );
}

function addAssetEvents(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/assets/events",
    {
      config: { policy: globally("read", "Assets") },
      schema: {
        tags,
        summary: "List updates of assets",
        querystring: z.strictObject({
          asset_id: serial.optional(),
          source_dag_id: dagId.optional(),
          source_task_id: taskId.optional(),
          source_run_id: runId.optional(),
          source_map_index: mapIndex.optional(),
          timestamp_gte: instantInput.optional(),
          timestamp_lte: instantInput.optional(),
          order_by: z.enum(["timestamp", "-timestamp"]).default("timestamp"),
          ...paging,
        }),
        response: { 200: assetEventCollection, ...errors.list },
      },
    },
    async (request) => {
      const { query } = request;
      const page = await store.assets.listAssetEvents({
        ...readable(request),
        ...(query.asset_id === undefined ? {} : { assetId: query.asset_id }),
        ...(query.source_dag_id === undefined ? {} : { sourceDagId: query.source_dag_id }),
        ...(query.source_task_id === undefined ? {} : { sourceTaskId: query.source_task_id }),
        ...(query.source_run_id === undefined ? {} : { sourceRunId: query.source_run_id }),
        ...(query.source_map_index === undefined ? {} : { sourceMapIndex: query.source_map_index }),
        ...(query.timestamp_gte === undefined ? {} : { from: new Date(query.timestamp_gte) }),
        ...(query.timestamp_lte === undefined ? {} : { to: new Date(query.timestamp_lte) }),
        orderBy: query.order_by,
        limit: pageSize(query.limit),
        offset: query.offset,
      });
      return { asset_events: page.rows.map(assetEventView), total_entries: page.total };
    },
  );

  app.post(
    "/api/v2/assets/events",
    {
      config: { policy: globally("create", "Assets"), audit: "create_asset_event" },
      schema: {
        tags,
        summary: "Say that an asset was updated from outside",
        body: createAssetEventBody,
        response: { 200: assetEvent, ...errors.create },
      },
    },
    async (request) => {
      const { asset_id: assetId, extra } = request.body;
      await existing(store, request, assetId);
      const eventId = await store.assets.createAssetEvent(assetId, { ...extra, from_rest_api: true });
      if (eventId === undefined) throw unknown(assetId);
      request.auditDetails = { asset_id: assetId, event_id: eventId, extra_keys: Object.keys(extra) };
      const { rows } = await store.assets.listAssetEvents({ ...readable(request), eventId, limit: 1, offset: 0 });
      const [made] = rows;
      if (made === undefined) throw unknown(assetId);
      return assetEventView(made);
    },
  );
}

function addMaterialization(app: App, context: RestContext): void {
  const { store, versions } = context;
  app.post(
    "/api/v2/assets/:asset_id/materialize",
    {
      config: { policy: globally("create", "Assets"), audit: "materialize_asset" },
      schema: {
        tags,
        summary: "Run the DAG that makes an asset",
        params: path,
        body: triggerBody.nullish(),
        response: { 200: dagRun, ...errors.create },
      },
    },
    async (request) => {
      const { rights } = callerOf(request);
      const { name, uses } = await existing(store, request, request.params.asset_id);
      const producers = [...new Set(uses.filter((use) => use.role === "outlet").map((use) => use.dagId))];
      const [producer, ...others] = producers;
      if (producer === undefined) throw new PolyflowError("dag_not_found", `No DAG makes the asset "${name}".`);
      if (others.length > 0) {
        throw new PolyflowError(
          "transition_refused",
          `Several DAGs make the asset "${name}": ${producers.join(", ")}. Trigger one of them.`,
        );
      }
      if (!rights.onDag("create", "DAG Runs", producer)) {
        throw new PolyflowError("not_allowed", "You need the right to create DAG Runs here. An administrator can grant it.");
      }
      const dag = await existingActiveDag(store, producer);
      const run = await store.runs.createRun(
        newManualRun(dag, request.body ?? {}, { by: triggeredByCaller(callerOf(request)), ...context }),
      );
      request.auditDetails = { dag_id: run.dagId, dag_run_id: run.runId };
      return runView(run, await versions.get(run.versionId));
    },
  );
}

function readable(request: FastifyRequest): { readonly readableDagIds?: readonly string[] } {
  const readableDagIds = callerOf(request).rights.dagIds("read", "DAGs");
  return readableDagIds === undefined ? {} : { readableDagIds };
}

async function existing({ assets }: RestContext["store"], request: FastifyRequest, assetId: number): Promise<AssetRecord> {
  const { rows } = await assets.listAssets({ ...readable(request), assetId, onlyActive: false, limit: 1, offset: 0 });
  const [found] = rows;
  if (found === undefined) throw unknown(assetId);
  return found;
}

function unknown(assetId: number): PolyflowError {
  return new PolyflowError("asset_not_found", `There is no asset ${assetId}.`);
}
