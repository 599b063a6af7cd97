import { silentLogger } from "@polyflow/service-kit";
import Fastify from "fastify";
import { expect, test } from "vitest";
import { guardRoutes, type GuardOptions } from "./guard.ts";

/** Registration asks nothing of these. */
const options = { workerKey: "k", logger: silentLogger } as unknown as GuardOptions;

test("a route without a policy stops the start (D2: deny by default)", () => {
  const app = Fastify();
  guardRoutes(app, options);
  expect(() => app.get("/open", () => "secret")).toThrow(/GET \/open declares no policy/);
  expect(() => app.get("/empty", { config: { policy: [] } }, () => "secret")).toThrow(/declares no policy/);
});

test("a route that changes something for users stops the start unless it says what the audit log will call it (D5)", () => {
  const app = Fastify();
  guardRoutes(app, options);
  const policy = { action: "edit", resource: "DAGs" } as const;
  expect(() => app.post("/change", { config: { policy } }, () => "done")).toThrow(/POST \/change .* no audit event/);
  expect(() => app.get("/look", { config: { policy } }, () => "seen")).not.toThrow();
});
