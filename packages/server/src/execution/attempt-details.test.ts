import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { callAttempt, registerWorker, startAttempt, type TestWorker } from "../testing/started-attempt.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let kit: TestServer;
let worker: TestWorker;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  worker = await registerWorker(kit);
});
afterAll(() => kit.close());

test("A6: an attempt learns of its task, DAG and run, and of the newest successful run before it, not of later or failed ones", async () => {
  const first = await startAttempt(kit, worker);
  expect((await callAttempt(kit, first, "details")).body).toMatchObject({ previousSuccess: null, instances: null, maxTries: 0 });
  const failed = await startAttempt(kit, worker);
  const asking = await startAttempt(kit, worker);
  const later = await startAttempt(kit, worker);
  for (const { runId } of [first, later]) await kit.store.runs.markRun("own", runId, "success");
  await kit.store.runs.markRun("own", failed.runId, "failed");
  // teardowns may keep a marked run at work
  await kit.database.execute("update polyflow.dag_run set state = 'success', end_date = now() where run_id = any($1)", [
    [first.runId, later.runId],
  ]);
  const before = await kit.store.runs.getRun("own", first.runId);
  const answer = await callAttempt(kit, asking, "details");
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    hostname: "host",
    startDate: expect.any(String),
    run: { startDate: expect.any(String) },
    task: { operator: expect.any(String), pool: "default_pool", inlets: [] },
    previousSuccess: { runId: first.runId },
  });
  const { previousSuccess } = answer.body as unknown as { readonly previousSuccess: { readonly dataIntervalEnd: string } };
  expect(new Date(previousSuccess.dataIntervalEnd)).toEqual(before?.dataIntervalEnd);
});

test("A13: details are told to the attempt alone, while it is current", async () => {
  const attempt = await startAttempt(kit, worker);
  const other = await startAttempt(kit, worker);
  expect((await callAttempt(kit, { ...attempt, token: other.token }, "details")).status).toBe(403);
  expect((await callAttempt(kit, { ...attempt, attemptId: randomUUID() }, "details")).status).toBe(403);
  await callAttempt(kit, attempt, "finish", { kind: "success" });
  expect((await callAttempt(kit, attempt, "details")).body["code"]).toBe("attempt_superseded");
});
