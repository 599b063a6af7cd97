import { type JsonObject, PolyflowError } from "@polyflow/contracts";
import type { ConnectionRecord, Store } from "@polyflow/store";
import { z } from "zod";
import { globally } from "../access/policy.ts";
import { cutPage, many, paging } from "../http/query.ts";
import { MASK, restoreMasked } from "../records/secret-masking.ts";
import type { App } from "../server-context.ts";
import { connectionView, parseExtra } from "./connection-view.ts";
import type { RestContext } from "./rest-routes.ts";
import { type ConnectionBody, connection, connectionBody, connectionCollection, connectionId } from "./schemas/admin-schemas.ts";
import { errors, noContent } from "./schemas/common.ts";

const tags = ["Connection"];
const path = z.object({ connection_id: connectionId });
const FIELDS = ["conn_type", "description", "host", "login", "schema", "port", "password", "extra"] as const;

/** Connections. What is encrypted at rest goes in and never comes out here: passwords and all values of `extra` are masked. */
export function addConnectionRoutes(app: App, context: RestContext): void {
  addConnectionReading(app, context);
  addConnectionWriting(app, context);
}

function addConnectionReading(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/connections",
    {
      config: { policy: globally("read", "Connections") },
      schema: {
        tags,
        summary: "List connections",
        querystring: z.strictObject({ order_by: z.enum(["connection_id", "-connection_id"]).default("connection_id"), ...paging }),
        response: { 200: connectionCollection, ...errors.list },
      },
    },
    async (request) => {
      const direction = request.query.order_by === "connection_id" ? 1 : -1;
      const all = (await store.secrets.listConnections()).toSorted(
        (left, right) => direction * compare(left.connectionId, right.connectionId),
      );
      return { connections: cutPage(all, request.query).map(connectionView), total_entries: all.length };
    },
  );

  app.get(
    "/api/v2/connections/:connection_id",
    {
      config: { policy: globally("read", "Connections") },
      schema: { tags, summary: "Get a connection", params: path, response: { 200: connection, ...errors.one } },
    },
    async (request) => connectionView(await existing(store, request.params.connection_id)),
  );
}

function addConnectionWriting(app: App, { store }: RestContext): void {
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
      return reply.code(201).send(connectionView(record));
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
        querystring: z.strictObject({ update_mask: many(z.enum(["connection_id", ...FIELDS])).optional() }),
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
      const fields = FIELDS.filter((field) => request.body[field] !== undefined && (mask === undefined || mask.includes(field)));
      const changed = changedConnection(await existing(store, id), request.body, fields);
      await store.secrets.saveConnection(changed, { overwrite: true });
      request.auditDetails = { connection_id: id, fields };
      return connectionView(changed);
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

async function existing(store: Store, id: string): Promise<ConnectionRecord> {
  const found = await store.secrets.getConnection(id);
  if (found === undefined) throw unknown(id);
  return found;
}

function newConnection(body: ConnectionBody): ConnectionRecord {
  return {
    connectionId: body.connection_id,
    type: body.conn_type,
    description: body.description ?? null,
    host: body.host ?? null,
    port: body.port ?? null,
    login: body.login ?? null,
    password: body.password ?? null,
    schema: body.schema ?? null,
    extra: parseExtra(body.extra),
  };
}

/** Takes over the named fields; a mask that came back unchanged keeps the secret behind it. */
function changedConnection(stored: ConnectionRecord, body: ConnectionBody, fields: readonly (typeof FIELDS)[number][]): ConnectionRecord {
  const sent = newConnection(body);
  const takes = (field: (typeof FIELDS)[number]): boolean => fields.includes(field);
  return {
    connectionId: stored.connectionId,
    type: takes("conn_type") ? sent.type : stored.type,
    description: takes("description") ? sent.description : stored.description,
    host: takes("host") ? sent.host : stored.host,
    port: takes("port") ? sent.port : stored.port,
    login: takes("login") ? sent.login : stored.login,
    password: takes("password") && sent.password !== MASK ? sent.password : stored.password,
    schema: takes("schema") ? sent.schema : stored.schema,
    extra: takes("extra") ? restoredExtra(sent.extra, stored.extra) : stored.extra,
  };
}

function restoredExtra(sent: JsonObject, stored: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, restoreMasked(value, stored[name])]));
}

function unknown(id: string): PolyflowError {
  return new PolyflowError("connection_not_found", `There is no connection "${id}".`);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
