import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { registerWorker } from "../testing/started-attempt.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let kit: TestServer;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
});
afterAll(() => kit.close());

test("C7: everybody is told what has failed and since when, and of nothing while all is well", async () => {
  const viewer = await kit.tokenOf("Public");
  const failures = async () => (await kit.send({ url: "/ui/emergency" }, viewer)).body["failures"];
  expect(await failures()).toEqual([]);
  await kit.store.recordHeartbeat("scheduler");
  await registerWorker(kit);
  expect(await failures()).toEqual([]);
  const since = "2026-01-01T00:00:00.000Z";
  await kit.database.execute("update polyflow.component_heartbeat set at = $1", [since]);
  await kit.database.execute("update polyflow.worker_session set last_heartbeat_at = $1", [since]);
  expect(await failures()).toEqual([
    { component: "scheduler", since },
    { component: "workers", since },
  ]);
  await kit.store.recordHeartbeat("scheduler");
  await registerWorker(kit);
  expect(await failures()).toEqual([]);
});
