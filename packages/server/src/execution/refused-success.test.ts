import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { callAttempt, registerWorker, startAttempt } from "../testing/started-attempt.ts";
import { testFile, testSpec, testTask } from "../testing/test-dags.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let kit: TestServer;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  const tasks = [testTask("choose", { skipsDownstream: "direct" }), testTask("left", { upstream: ["choose"] })];
  await kit.store.dags.publishParsedFile(testFile("choosing.ts", [testSpec("choosing", { tasks })]));
});
afterAll(() => kit.close());

test("A2: a branch that names no task after it fails, and the log of the task says what it named and what it can name", async () => {
  const attempt = await startAttempt(kit, await registerWorker(kit), { dagId: "choosing", taskId: "choose" });
  const outcome = { kind: "success", output: ["nowhere"], skips: { kind: "branch", follow: ["nowhere"] } };
  expect((await callAttempt(kit, attempt, "finish", outcome)).status).toBe(204);
  const instance = await kit.store.runs.getTaskInstance({ dagId: "choosing", runId: attempt.runId, taskId: "choose", mapIndex: -1 });
  expect(instance?.state).toBe("failed");
  const log = await kit.send({ url: `/ui/dags/choosing/runs/${attempt.runId}/tasks/choose/tries/1/log` }, await kit.tokenOf("Viewer"));
  expect(log.text).toContain('Branch \\"choose\\" follows \\"nowhere\\", which does not come after it. It can follow \\"left\\".');
  expect(log.text).toContain("There will be no further attempt.");
});
