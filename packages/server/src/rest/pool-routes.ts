import { PolyflowError } from "@polyflow/contracts";
import type { PoolRecord, PoolSettings, Store } from "@polyflow/store";
import { z } from "zod";
import { globally } from "../access/policy.ts";
import { likePattern } from "../http/like-pattern.ts";
import { cutPage, many, paging } from "../http/query.ts";
import type { App } from "../server-context.ts";
import { type BulkTarget, runBulk } from "./bulk.ts";
import type { RestContext } from "./rest-context.ts";
import { bulkAnswer } from "./schemas/bulk-schemas.ts";
import { errors, noContent } from "./schemas/common.ts";
import { type PoolBody, pool, poolBody, poolBulkBody, poolCollection, poolName, poolPatchBody } from "./schemas/pool-schemas.ts";

const tags = ["Pool"];
const path = z.object({ pool_name: poolName });
const DEFAULT_POOL = "default_pool";

/** Pools and what is in use of them. */
export function addPoolRoutes(app: App, context: RestContext): void {
  addPoolReading(app, context);
  addPoolWriting(app, context);
  addPoolBulk(app, context);
}

function addPoolReading(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/pools",
    {
      config: { policy: globally("read", "Pools") },
      schema: {
        tags,
        summary: "List pools",
        querystring: z.strictObject({
          pool_name_pattern: z.string().max(500).optional(),
          order_by: z.enum(["name", "-name", "slots", "-slots"]).default("name"),
          ...paging,
        }),
        response: { 200: poolCollection, ...errors.list },
      },
    },
    async (request) => {
      const { pool_name_pattern: pattern, order_by: order } = request.query;
      const matches = pattern === undefined ? () => true : likePattern(pattern);
      const found = (await store.pools.listPools()).filter(({ name }) => matches(name));
      const sorted = order.endsWith("slots") ? found.toSorted((left, right) => left.slots - right.slots) : found;
      const ordered = order.startsWith("-") ? sorted.toReversed() : sorted;
      return { pools: cutPage(ordered, request.query).map(view), total_entries: found.length };
    },
  );

  app.get(
    "/api/v2/pools/:pool_name",
    {
      config: { policy: globally("read", "Pools") },
      schema: { tags, summary: "Get a pool", params: path, response: { 200: pool, ...errors.one } },
    },
    async (request) => view(await existing(store, request.params.pool_name)),
  );
}

function addPoolWriting(app: App, { store }: RestContext): void {
  app.post(
    "/api/v2/pools",
    {
      config: { policy: globally("create", "Pools"), audit: "create_pool" },
      schema: { tags, summary: "Create a pool", body: poolBody, response: { 201: pool, ...errors.create } },
    },
    async (request, reply) => {
      await store.pools.savePool(settingsOf(request.body), { overwrite: false });
      request.auditDetails = { name: request.body.name, slots: request.body.slots };
      return reply.code(201).send(view(await existing(store, request.body.name)));
    },
  );

  app.patch(
    "/api/v2/pools/:pool_name",
    {
      config: { policy: globally("edit", "Pools"), audit: "edit_pool" },
      schema: {
        tags,
        summary: "Change a pool; fields that are left out stay as they are",
        params: path,
        querystring: z.strictObject({ update_mask: many(z.enum(["slots", "description", "include_deferred"])).optional() }),
        body: poolPatchBody,
        response: { 200: pool, ...errors.create },
      },
    },
    async (request) => {
      const { pool_name: name } = request.params;
      const { body } = request;
      if (body.pool != null && body.pool !== name)
        throw new PolyflowError("request_invalid", `body.pool: is "${body.pool}", but the address names "${name}".`);
      const takes = (field: "slots" | "description" | "include_deferred"): boolean =>
        body[field] !== undefined && (request.query.update_mask?.includes(field) ?? true);
      const stored = await existing(store, name);
      const slots = takes("slots") ? (body.slots ?? stored.slots) : stored.slots;
      const description = takes("description") ? (body.description ?? null) : stored.description;
      const includeDeferred = takes("include_deferred") ? (body.include_deferred ?? stored.includeDeferred) : stored.includeDeferred;
      await store.pools.savePool({ name, slots, description, includeDeferred }, { overwrite: true });
      request.auditDetails = { name, slots };
      return view(await existing(store, name));
    },
  );

  app.delete(
    "/api/v2/pools/:pool_name",
    {
      config: { policy: globally("delete", "Pools"), audit: "delete_pool" },
      schema: { tags, summary: "Delete a pool", params: path, response: { 204: noContent, ...errors.create } },
    },
    async (request, reply) => {
      await remove(store, request.params.pool_name);
      request.auditDetails = { name: request.params.pool_name };
      return reply.code(204).send();
    },
  );
}

function addPoolBulk(app: App, { store }: RestContext): void {
  app.patch(
    "/api/v2/pools",
    {
      config: { policy: globally("edit", "Pools"), audit: "bulk_pools" },
      schema: {
        tags,
        summary: "Create, change and delete pools",
        body: poolBulkBody,
        response: { 200: bulkAnswer, ...errors.create },
      },
    },
    (request) => runBulk(request, request.body.actions, poolTarget(store)),
  );
}

function poolTarget(store: Store): BulkTarget<PoolBody> {
  const save = (body: PoolBody): Promise<void> => store.pools.savePool(settingsOf(body), { overwrite: true });
  return {
    resource: "Pools",
    noun: "pool",
    nameOf: (body) => body.name,
    existing: async () => new Set((await store.pools.listPools()).map(({ name }) => name)),
    create: (body) => store.pools.savePool(settingsOf(body), { overwrite: false }),
    overwrite: save,
    update: save,
    remove: (name) => remove(store, name),
  };
}

async function existing(store: Store, name: string): Promise<PoolRecord> {
  const found = await store.pools.getPool(name);
  if (found === undefined) throw unknown(name);
  return found;
}

async function remove(store: Store, name: string): Promise<void> {
  if (name === DEFAULT_POOL)
    throw new PolyflowError(
      "request_invalid",
      `"${DEFAULT_POOL}" is where tasks without a pool run; it cannot be deleted. Set its slots instead.`,
    );
  if (!(await store.pools.deletePool(name))) throw unknown(name);
}

function settingsOf({ name, slots, description, include_deferred: includeDeferred }: PoolBody): PoolSettings {
  return { name, slots, description: description ?? null, includeDeferred };
}

function view(record: PoolRecord): z.infer<typeof pool> {
  const { name, slots, description, includeDeferred, running, queued, scheduled, deferred } = record;
  const occupied = running + queued + (includeDeferred ? deferred : 0);
  return {
    name,
    slots,
    description,
    include_deferred: includeDeferred,
    occupied_slots: occupied,
    running_slots: running,
    queued_slots: queued,
    scheduled_slots: scheduled,
    // Airflow says so of a pool without end, too
    open_slots: slots < 0 ? -1 : slots - occupied,
    deferred_slots: deferred,
    team_name: null,
  };
}

function unknown(name: string): PolyflowError {
  return new PolyflowError("pool_not_found", `There is no pool "${name}".`);
}
