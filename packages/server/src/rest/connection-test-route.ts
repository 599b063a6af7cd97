import { isDeepStrictEqual } from "node:util";
import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import type { UiConnectionType } from "@polyflow/contracts/wire";
import type { ConnectionRecord, Store } from "@polyflow/store";
import { globally } from "../access/policy.ts";
import type { ConnectionDesk } from "../connections/connection-desk.ts";
import { openSettings } from "../connections/open-settings.ts";
import { MASK } from "../records/secret-masking.ts";
import type { App } from "../server-context.ts";
import { CONNECTION_FIELDS, changedConnection, newConnection } from "./connection-changes.ts";
import type { RestContext } from "./rest-context.ts";
import { type ConnectionBody, connectionBody, connectionTestAnswer } from "./schemas/admin-schemas.ts";
import { errors } from "./schemas/common.ts";

/** Airflow's call; that a connection does not work is an answer, not an error. */
export function addConnectionTestRoute(app: App, { store, connections }: RestContext): void {
  app.post(
    "/api/v2/connections/test",
    {
      config: { policy: globally("edit", "Connections"), audit: "test_connection" },
      schema: {
        tags: ["Connection"],
        summary: "Try a connection, stored or not; masked secrets stand for those that are stored",
        body: connectionBody,
        response: { 200: connectionTestAnswer, ...errors.create },
      },
    },
    async (request) => {
      const desk = requireDesk(connections);
      const types = await desk.types();
      const connection = await testedConnection(store, request.body, types);
      request.auditDetails = { connection_id: connection.connectionId, conn_type: connection.type, host: connection.host };
      try {
        return { status: true, message: withoutSecrets(await desk.test(connection), connection, types) };
      } catch (error) {
        if (!isPolyflowError(error) || error.code === "too_many_requests") throw error;
        return { status: false, message: withoutSecrets(error.message, connection, types) };
      }
    },
  );
}

function requireDesk(desk: ConnectionDesk | undefined): ConnectionDesk {
  if (desk !== undefined) return desk;
  throw new PolyflowError("not_found", "This server was started without providers: it cannot try connections.");
}

/**
 * A mask takes the stored secret, but only to where that secret belongs: with another address somebody could read by a server of their
 * own what the interface does not show.
 */
async function testedConnection(store: Store, body: ConnectionBody, types: readonly UiConnectionType[]): Promise<ConnectionRecord> {
  const sent = newConnection(body);
  if (!hasMask(sent)) return sent;
  const stored = await store.secrets.getConnection(body.connection_id);
  if (stored === undefined) throw new PolyflowError("connection_not_found", `There is no connection "${body.connection_id}".`);
  const tested = changedConnection(
    stored,
    body,
    CONNECTION_FIELDS.filter((field) => body[field] !== undefined),
  );
  const open = openSettings(tested.type, tested.extra, types);
  const settingsHold = Object.entries(tested.extra).every(([name, value]) => name in open || isDeepStrictEqual(value, stored.extra[name]));
  if (settingsHold && tested.type === stored.type && tested.host === stored.host && tested.port === stored.port) return tested;
  throw new PolyflowError(
    "request_invalid",
    "The stored secrets are only sent to where they belong. Type them again to try another type, address or setting, or save first.",
  );
}

function hasMask({ password, extra, host }: ConnectionRecord): boolean {
  return password === MASK || JSON.stringify(extra).includes(JSON.stringify(MASK)) || host?.includes(`//${MASK}@`) === true;
}

const SHORTEST_SECRET = 4;

/** Systems quote what they were given; what they say goes to people. */
function withoutSecrets(text: string, connection: ConnectionRecord, types: readonly UiConnectionType[]): string {
  const open = openSettings(connection.type, connection.extra, types);
  const hidden = Object.entries(connection.extra).filter(([name]) => !(name in open));
  const secrets = [connection.password, ...hidden.map(([, value]) => value)];
  return secrets
    .filter((secret) => typeof secret === "string")
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .reduce((safe, secret) => safe.replaceAll(secret, MASK), text);
}
