import { PolyflowError } from "@polyflow/contracts";
import type { ConnectionRecord, Store } from "@polyflow/store";
import { globally } from "../access/policy.ts";
import type { App } from "../server-context.ts";
import { type BulkTarget, runBulk } from "./bulk.ts";
import { CONNECTION_FIELDS, changedConnection, newConnection } from "./connection-changes.ts";
import type { RestContext } from "./rest-context.ts";
import { type ConnectionBody, connectionBulkBody } from "./schemas/admin-schemas.ts";
import { bulkAnswer } from "./schemas/bulk-schemas.ts";
import { errors } from "./schemas/common.ts";

/** Many connections at once. */
export function addConnectionBulkRoute(app: App, { store }: RestContext): void {
  app.patch(
    "/api/v2/connections",
    {
      config: { policy: globally("edit", "Connections"), audit: "bulk_connections" },
      schema: {
        tags: ["Connection"],
        summary: "Create, change and delete connections; masked secrets that come back keep what is stored",
        body: connectionBulkBody,
        response: { 200: bulkAnswer, ...errors.create },
      },
    },
    (request) => runBulk(request, request.body.actions, connectionTarget(store)),
  );
}

function connectionTarget(store: Store): BulkTarget<ConnectionBody> {
  const update = async (body: ConnectionBody): Promise<void> => {
    const stored = await existing(store, body.connection_id);
    const fields = CONNECTION_FIELDS.filter((field) => body[field] !== undefined);
    await store.secrets.saveConnection(changedConnection(stored, body, fields), { overwrite: true });
  };
  return {
    resource: "Connections",
    noun: "connection",
    nameOf: (body) => body.connection_id,
    existing: async () => new Set((await store.secrets.listConnections()).map(({ connectionId }) => connectionId)),
    create: (body) => store.secrets.saveConnection(newConnection(body), { overwrite: false }),
    async overwrite(body) {
      const stored = await store.secrets.getConnection(body.connection_id);
      const record = stored === undefined ? newConnection(body) : changedConnection(stored, body, CONNECTION_FIELDS);
      await store.secrets.saveConnection(record, { overwrite: true });
    },
    update,
    async remove(id) {
      if (!(await store.secrets.deleteConnection(id))) throw unknown(id);
    },
  };
}

async function existing(store: Store, id: string): Promise<ConnectionRecord> {
  const found = await store.secrets.getConnection(id);
  if (found === undefined) throw unknown(id);
  return found;
}

function unknown(id: string): PolyflowError {
  return new PolyflowError("connection_not_found", `There is no connection "${id}".`);
}
