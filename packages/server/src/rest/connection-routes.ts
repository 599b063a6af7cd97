import { PolyflowError } from "@polyflow/contracts";
import type { UiConnectionType } from "@polyflow/contracts/wire";
import type { ConnectionRecord, Store } from "@polyflow/store";
import { z } from "zod";
import { globally } from "../access/policy.ts";
import type { ConnectionDesk } from "../connections/connection-desk.ts";
import { likePattern } from "../http/like-pattern.ts";
import { cutPage, many, paging } from "../http/query.ts";
import type { App } from "../server-context.ts";
import { addConnectionTestRoute } from "./connection-test-route.ts";
import { addConnectionBulkRoute } from "./connection-bulk-route.ts";
import { CONNECTION_FIELDS, changedConnection, newConnection } from "./connection-changes.ts";
import { connectionView } from "./connection-view.ts";
import type { RestContext } from "./rest-context.ts";
import { connection, connectionBody, connectionCollection, connectionId } from "./schemas/admin-schemas.ts";
import { errors, noContent } from "./schemas/common.ts";

const tags = ["Connection"];
const path = z.object({ connection_id: connectionId });

/** Connections. What is encrypted at rest goes in and never comes out here: passwords and all values of `extra` are masked. */
export function addConnectionRoutes(app: App, context: RestContext): void {
  addConnectionReading(app, context);
  addConnectionWriting(app, context);
  addConnectionBulkRoute(app, context);
  addConnectionTestRoute(app, context);
}

function addConnectionReading(app: App, { store, connections }: RestContext): void {
  app.get(
    "/api/v2/connections",
    {
      config: { policy: globally("read", "Connections") },
      schema: {
        tags,
        summary: "List connections",
        querystring: z.strictObject({
          connection_id_pattern: z.string().max(500).optional(),
          order_by: z.enum(["connection_id", "-connection_id"]).default("connection_id"),
          ...paging,
        }),
        response: { 200: connectionCollection, ...errors.list },
      },
    },
    async (request) => {
      const direction = request.query.order_by === "connection_id" ? 1 : -1;
      const { connection_id_pattern: pattern } = request.query;
      const matches = pattern === undefined ? () => true : likePattern(pattern);
      const found = (await store.secrets.listConnections()).filter(({ connectionId: id }) => matches(id));
      const all = found.toSorted((left, right) => direction * compare(left.connectionId, right.connectionId));
      const types = await typesOf(connections);
      return { connections: cutPage(all, request.query).map((each) => connectionView(each, types)), total_entries: all.length };
    },
  );

  app.get(
    "/api/v2/connections/:connection_id",
    {
      config: { policy: globally("read", "Connections") },
      schema: { tags, summary: "Get a connection", params: path, response: { 200: connection, ...errors.one } },
    },
    async (request) => connectionView(await existing(store, request.params.connection_id), await typesOf(connections)),
  );
}

function addConnectionWriting(app: App, { store, connections }: RestContext): void {
  app.post(
    "/api/v2/connections",
    {
      config: { policy: globally("create", "Connections"), audit: "create_connection" },
      schema: { tags, summary: "Create a connection", body: connectionBody, response: { 201: connection, ...errors.create } },
    },
    async (request, reply) => {
      const record = newConnection(request.body);
      await store.secrets.saveConnection(record, { overwrite: false });
      request.auditDetails = { connection_id: record.connectionId, fields: Object.keys(request.body) };
      return reply.code(201).send(connectionView(record, await typesOf(connections)));
    },
  );

  app.patch(
    "/api/v2/connections/:connection_id",
    {
      config: { policy: globally("edit", "Connections"), audit: "edit_connection" },
      schema: {
        tags,
        summary: "Change a connection; fields that are left out stay as they are",
        params: path,
        querystring: z.strictObject({ update_mask: many(z.enum(["connection_id", ...CONNECTION_FIELDS])).optional() }),
        body: connectionBody,
        response: { 200: connection, ...errors.create },
      },
    },
    async (request) => {
      const { connection_id: id } = request.params;
      if (request.body.connection_id !== id)
        throw new PolyflowError(
          "request_invalid",
          `body.connection_id: is "${request.body.connection_id}", but the address names "${id}".`,
        );
      const mask = request.query.update_mask;
      const fields = CONNECTION_FIELDS.filter((field) => request.body[field] !== undefined && (mask === undefined || mask.includes(field)));
      const changed = changedConnection(await existing(store, id), request.body, fields);
      await store.secrets.saveConnection(changed, { overwrite: true });
      request.auditDetails = { connection_id: id, fields };
      return connectionView(changed, await typesOf(connections));
    },
  );

  app.delete(
    "/api/v2/connections/:connection_id",
    {
      config: { policy: globally("delete", "Connections"), audit: "delete_connection" },
      schema: { tags, summary: "Delete a connection", params: path, response: { 204: noContent, ...errors.one } },
    },
    async (request, reply) => {
      const { connection_id: id } = request.params;
      if (!(await store.secrets.deleteConnection(id))) throw unknown(id);
      request.auditDetails = { connection_id: id };
      return reply.code(204).send();
    },
  );
}

async function typesOf(desk: ConnectionDesk | undefined): Promise<readonly UiConnectionType[]> {
  return desk === undefined ? [] : desk.types();
}

async function existing(store: Store, id: string): Promise<ConnectionRecord> {
  const found = await store.secrets.getConnection(id);
  if (found === undefined) throw unknown(id);
  return found;
}

function unknown(id: string): PolyflowError {
  return new PolyflowError("connection_not_found", `There is no connection "${id}".`);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
