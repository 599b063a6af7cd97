import { brand, PolyflowError, type WorkerSessionId } from "@polyflow/contracts";
import { claimWaitsRequest, type ClaimedWaitOrder, fireWaitRequest } from "@polyflow/contracts/wire";
import type { WatchedWait } from "@polyflow/store";
import { z } from "zod";
import type { App, ServerContext } from "../server-context.ts";
import { startedAttemptOf, waitStateOf } from "./started-attempt.ts";
import { sessionClosed } from "./worker-routes.ts";

/** A watch function may read connections and variables this long after it was given to a worker; longer waits are given out anew. */
const WATCH_TOKEN_TTL_MS = 366 * 86_400_000;
/** Each wait that is named takes 39 bytes. */
const BODY_BYTES = 8 * 1024 * 1024;

const sessionPath = z.object({ sessionId: z.uuid() });
const waitPath = sessionPath.extend({ waitId: z.uuid() });
const hidden = { hide: true };

/** Triggerers take waits to watch and say when these are over. */
export function addWatchedWaitRoutes(app: App, context: ServerContext): void {
  const { store } = context;

  app.post(
    "/workers/:sessionId/waits",
    { config: { policy: "session" }, bodyLimit: BODY_BYTES, schema: { ...hidden, params: sessionPath, body: claimWaitsRequest } },
    async (request) => {
      const sessionId = brand<WorkerSessionId>(request.params.sessionId);
      const claimed = await store.execution.claimWaits(sessionId, request.body);
      if (claimed === undefined) throw sessionClosed(sessionId);
      await store.recordHeartbeat("triggerer");
      return { watch: claimed.watch.map((wait) => orderOf(wait, context)), gone: claimed.gone };
    },
  );

  app.post(
    "/workers/:sessionId/waits/:waitId/fire",
    { config: { policy: "session" }, bodyLimit: BODY_BYTES, schema: { ...hidden, params: waitPath, body: fireWaitRequest } },
    async (request, reply) => {
      const { sessionId, waitId } = request.params;
      const fired = await store.execution.fireWait(brand<WorkerSessionId>(sessionId), waitId, request.body.event);
      if (!fired) throw new PolyflowError("attempt_superseded", `Wait ${waitId} is over, or another worker watches it.`);
      return reply.code(204).send();
    },
  );
}

function orderOf(wait: WatchedWait, { tokens, clock }: ServerContext): ClaimedWaitOrder {
  return {
    waitId: wait.waitId,
    trigger: wait.wait.trigger,
    ...waitStateOf(wait.wait),
    elapsedMs: clock.now() - wait.wait.beganAt.getTime(),
    attempt: { ...startedAttemptOf(wait, clock), token: tokens.sign("attempt", wait.attemptId, WATCH_TOKEN_TTL_MS) },
  };
}
