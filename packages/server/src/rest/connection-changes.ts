import type { JsonObject } from "@polyflow/contracts";
import type { ConnectionRecord } from "@polyflow/store";
import { MASK, restoreMasked } from "../records/secret-masking.ts";
import { parseExtra } from "./connection-view.ts";
import type { ConnectionBody } from "./schemas/admin-schemas.ts";

/** What can be changed of a connection. */
export const CONNECTION_FIELDS = ["conn_type", "description", "host", "login", "schema", "port", "password", "extra"] as const;
export type ConnectionField = (typeof CONNECTION_FIELDS)[number];

/** The connection that a body describes. @throws PolyflowError `request_invalid` for an extra that is no JSON object. */
export function newConnection(body: ConnectionBody): ConnectionRecord {
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
export function changedConnection(stored: ConnectionRecord, body: ConnectionBody, fields: readonly ConnectionField[]): ConnectionRecord {
  const sent = newConnection(body);
  const takes = (field: ConnectionField): boolean => fields.includes(field);
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
