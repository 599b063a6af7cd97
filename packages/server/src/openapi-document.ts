import { type Clock, silentLogger } from "@polyflow/service-kit";
import type { Store } from "@polyflow/store";
import { createServer } from "./create-server.ts";

/**
 * The OpenAPI document of the public REST API, made from the routes as they are registered.
 * @param version version of Polyflow, for `info.version`.
 * @example await writeFile("docs/api/openapi.json", JSON.stringify(await buildOpenApiDocument("0.1.0"), null, 2));
 */
export async function buildOpenApiDocument(version: string): Promise<object> {
  const server = await createServer({
    store: storeThatIsNeverAsked(),
    clock: STILL_CLOCK,
    logger: silentLogger,
    host: "127.0.0.1",
    port: 0,
    version,
    logDir: ".",
    signingKey: new Uint8Array(32),
    workerKey: "0".repeat(32),
    timezone: "UTC",
  });
  try {
    return server.openApi();
  } finally {
    await server.close();
  }
}

/** Nothing listens and nothing is sent, so that no timer has to run. */
const STILL_CLOCK: Clock = { now: () => 0, monotonicMs: () => 0, schedule: () => () => undefined };

/** Registering routes hands the store on without asking it anything. */
function storeThatIsNeverAsked(): Store {
  const parts: Pick<Store, "subscribe"> = { subscribe: () => () => undefined };
  return parts as Store;
}
