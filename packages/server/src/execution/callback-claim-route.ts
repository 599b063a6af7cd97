import { brand, type WorkerSessionId } from "@polyflow/contracts";
import { claimCallbacksRequest, type ClaimedCallbackOrder } from "@polyflow/contracts/wire";
import { MAX_CALLBACK_LOSSES, runParams } from "@polyflow/lifecycle";
import type { ClaimedCallback } from "@polyflow/store";
import { z } from "zod";
import type { App, ServerContext } from "../server-context.ts";
import { sessionClosed } from "./worker-routes.ts";

/** Time that an attempt has for its report after its timeout. */
const TOKEN_GRACE_MS = 3_600_000;
/** Of a callback whose function is gone: its attempt fails at once. */
const DEFAULT_TIMEOUT_MS = 300_000;

const sessionPath = z.object({ sessionId: z.uuid() });

/** Workers take callbacks; their logs, connections and ends go the way of all attempts. */
export function addCallbackClaimRoute(app: App, context: ServerContext): void {
  app.post(
    "/workers/:sessionId/callbacks",
    { config: { policy: "session" }, schema: { hide: true, params: sessionPath, body: claimCallbacksRequest } },
    async (request) => {
      const sessionId = brand<WorkerSessionId>(request.params.sessionId);
      const claimed = await context.store.callbacks.claim(sessionId, { ...request.body, maxLosses: MAX_CALLBACK_LOSSES });
      if (claimed === undefined) throw sessionClosed(sessionId);
      return { run: claimed.map((callback) => orderOf(callback, context)) };
    },
  );
}

function orderOf(claimed: ClaimedCallback, { tokens }: ServerContext): ClaimedCallbackOrder {
  const timeoutMs = claimed.callback?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return {
    attempt: {
      attemptId: claimed.attemptId,
      token: tokens.sign("attempt", claimed.attemptId, timeoutMs + TOKEN_GRACE_MS),
      taskInstanceId: "",
      dagId: claimed.dagId,
      runId: claimed.runId,
      taskId: claimed.taskId ?? "",
      mapIndex: claimed.mapIndex,
      tryNumber: claimed.attempts,
      maxTries: (claimed.callback?.retries ?? 0) + 1,
      runType: claimed.runType,
      logicalDate: instant(claimed.logicalDate),
      dataIntervalStart: instant(claimed.dataIntervalStart),
      dataIntervalEnd: instant(claimed.dataIntervalEnd),
      runAfter: claimed.runAfter.toISOString(),
      params: runParams(claimed.spec, claimed.conf),
      conf: { ...claimed.conf },
      inputs: {},
      bundleName: claimed.bundleName,
      bundleHash: claimed.bundleHash,
      isolation: claimed.isolation,
      executionTimeoutMs: timeoutMs,
    },
    callback: {
      kind: claimed.kind,
      function: claimed.function,
      name: claimed.name,
      taskId: claimed.taskId,
      mapIndex: claimed.mapIndex,
      tryNumber: claimed.tryNumber,
      maxTries: claimed.taskId === null ? 0 : claimed.maxTries + 1,
      state: claimed.causeState,
      error: claimed.error,
      at: claimed.causedAt.toISOString(),
      startDate: instant(claimed.startDate),
      endDate: instant(claimed.endDate),
      failedTasks: [...claimed.failedTasks],
      runState: claimed.runState,
      deadline:
        claimed.deadline === null ? null : { name: claimed.deadline, dueAt: (claimed.deadlineDueAt ?? claimed.causedAt).toISOString() },
    },
  };
}

function instant(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
