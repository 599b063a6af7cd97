import { brand, PolyflowError, type AttemptId, type WorkerSessionId } from "@polyflow/contracts";
import { heartbeatRequest, type HeartbeatResponse, registerWorkerRequest, type RegisterWorkerResponse } from "@polyflow/contracts/wire";
import { z } from "zod";
import type { App, ServerContext } from "../server-context.ts";

/** A worker that lives longer gets 401 and registers again; its attempts are told by their own tokens. */
const SESSION_TOKEN_TTL_MS = 30 * 86_400_000;

const sessionPath = z.object({ sessionId: z.uuid() });
const hidden = { hide: true };

/** Workers register, say that they live, leave, and fetch compiled bundles. */
export function addWorkerRoutes(app: App, { store, tokens, heartbeatIntervalMs, logger }: ServerContext): void {
  app.post("/workers", { config: { policy: "worker" }, schema: { ...hidden, body: registerWorkerRequest } }, async (request) => {
    const { name, hostname, slots } = request.body;
    const sessionId = await store.execution.registerWorker({ name, hostname, slots });
    logger.info("worker registered", { name, hostname, slots, sessionId });
    const token = tokens.sign("session", sessionId, SESSION_TOKEN_TTL_MS);
    return { sessionId, token, heartbeatIntervalMs } satisfies RegisterWorkerResponse;
  });

  app.post(
    "/workers/:sessionId/heartbeat",
    { config: { policy: "session" }, schema: { ...hidden, params: sessionPath, body: heartbeatRequest } },
    async (request) => {
      const sessionId = brand<WorkerSessionId>(request.params.sessionId);
      const attemptIds = request.body.attemptIds.map((id) => brand<AttemptId>(id));
      const cancel = await store.execution.heartbeat(sessionId, request.body.counter, attemptIds);
      if (cancel === undefined) throw sessionClosed(sessionId);
      return { cancel: [...cancel] } satisfies HeartbeatResponse;
    },
  );

  app.delete(
    "/workers/:sessionId",
    { config: { policy: "session" }, schema: { ...hidden, params: sessionPath } },
    async (request, reply) => {
      await store.execution.closeWorker(brand<WorkerSessionId>(request.params.sessionId));
      return reply.code(204).send();
    },
  );

  app.get(
    "/bundles/:hash",
    { config: { policy: "session" }, schema: { ...hidden, params: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) }) } },
    async (request, reply) => {
      const code = await store.dags.getBundle(request.params.hash);
      if (code === undefined) throw new PolyflowError("not_found", `There is no bundle ${request.params.hash}.`);
      return reply.type("text/javascript; charset=utf-8").send(code);
    },
  );
}

export function sessionClosed(sessionId: string): PolyflowError {
  return new PolyflowError("worker_lost", `Session ${sessionId} is closed: its worker was given up or registered anew. Register again.`);
}
