import type { AttemptId, JsonObject } from "@polyflow/contracts";
import { queueAttempt } from "./queued-attempts.ts";
import { type TestAnswer, type TestServer, textIn, WORKER_KEY } from "./test-server.ts";

export interface TestWorker {
  readonly sessionId: string;
  readonly token: string;
}

export async function registerWorker(kit: TestServer, name: string = "worker"): Promise<TestWorker> {
  const body = { name, hostname: "host", pid: 1, slots: 4, queues: ["default"] };
  const answer = await kit.send({ method: "POST", url: "/execution/v1/workers", body }, WORKER_KEY);
  return { sessionId: textIn(answer.body["sessionId"]), token: textIn(answer.body["token"]) };
}

export interface TestAttempt {
  readonly attemptId: AttemptId;
  readonly runId: string;
  readonly token: string;
  /** What the worker was told. */
  readonly started: TestAnswer["body"];
}

/** Sends a call of the Execution API about an attempt. */
export function callAttempt(
  kit: TestServer,
  attempt: { readonly attemptId: string; readonly token: string },
  call: string,
  body?: unknown,
): Promise<TestAnswer> {
  const method = body === undefined ? "GET" : "POST";
  return kit.send(
    { method, url: `/execution/v1/attempts/${attempt.attemptId}/${call}`, ...(body === undefined ? {} : { body }) },
    attempt.token,
  );
}

/** A new run whose task has been claimed and runs. */
export async function startAttempt(
  kit: TestServer,
  worker: TestWorker,
  options: { readonly dagId?: string; readonly taskId?: string; readonly conf?: JsonObject } = {},
): Promise<TestAttempt> {
  const { attemptId, runId } = await queueAttempt(kit.store, options);
  const answer = await callAttempt(kit, { attemptId, token: worker.token }, "start", {
    sessionId: worker.sessionId,
    // As a worker that may not have heard the answer.
    again: kit.hasFaults,
  });
  if (answer.status !== 200) throw new Error(`start was answered with ${answer.status}: ${answer.text}`);
  return { attemptId, runId, token: textIn(answer.body["token"]), started: answer.body };
}
