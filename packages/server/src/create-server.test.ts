import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { startTestServer, type TestServer } from "./testing/test-server.ts";

let kit: TestServer;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
});
afterAll(() => kit.close());

test("version and health are public", async () => {
  const version = await kit.send({ url: "/api/v2/version" });
  expect(version.status).toBe(200);
  expect(version.body).toEqual({ version: "9.9.9", git_version: null });
  console.log((await kit.send({ url: "/api/v2/monitor/health" })).text);
  const t = await kit.tokenOf("Admin");
  for (const url of [
    "/api/v2/dags",
    "/ui/dags",
    "/ui/dags/own",
    "/ui/dags/own/structure",
    "/ui/dags/own/grid",
    "/ui/dashboard",
    "/api/v2/dags/own/details",
    "/api/v2/dags/own/tasks",
    "/api/v2/dags/own/dagVersions",
    "/api/v2/dagSources/own",
    "/api/v2/dags/~/dagRuns",
    "/api/v2/importErrors",
    "/api/v2/eventLogs",
    "/api/v2/connections",
    "/api/v2/variables",
    "/openapi.json",
  ]) {
    const a = await kit.send({ url }, t);
    console.log(url, a.status, a.text.slice(0, 500));
  }
  console.log(kit.loggedErrors.join("\n").replaceAll("\\n", "\n"));
  const run = await kit.send({ method: "POST", url: "/api/v2/dags/own/dagRuns", body: { conf: { limit: 3 } } }, t);
  console.log(run.status, run.text);
});
