import { randomUUID } from "node:crypto";
import type { Permission, Resource } from "@polyflow/contracts";
import { permissionsOfRole } from "@polyflow/contracts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startTestServer, type TestRequest, type TestServer } from "../testing/test-server.ts";
import { queueAttempt } from "../testing/queued-attempts.ts";
import type { RegisteredRoute } from "./guard.ts";
import { rightsOfPolicy } from "./policy.ts";

let kit: TestServer;
let runs: { readonly own: string; readonly foreign: string };
let ids: { readonly [dag in "own" | "foreign"]: { readonly backfill: number } };
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  runs = {
    own: (await queueAttempt(kit.store, { dagId: "own" })).runId,
    foreign: (await queueAttempt(kit.store, { dagId: "foreign" })).runId,
  };
  ids = { own: { backfill: await completedBackfill("own") }, foreign: { backfill: await completedBackfill("foreign") } };
});

/** A backfill that stands in nobody's way. */
async function completedBackfill(dagId: string): Promise<number> {
  const admin = await kit.tokenOf("Admin");
  const made = await kit.send({ method: "POST", url: "/api/v2/backfills", body: backfillOf(dagId) }, admin);
  await kit.send({ method: "PUT", url: `/api/v2/backfills/${Number(made.body["id"])}/cancel` }, admin);
  return Number(made.body["id"]);
}
afterAll(() => kit.close());

/** Rights of everything that belongs to DAGs, on one DAG alone; everything else of a Viewer globally is left out. */
const OF_DAGS: readonly Resource[] = ["DAGs", "DAG Code", "DAG Runs", "DAG Versions", "Task Instances", "Task Logs", "XComs", "Backfills"];
const ALL_ON_OWN: readonly Permission[] = OF_DAGS.flatMap((resource) =>
  (["create", "read", "edit", "delete"] as const).map((action) => ({ action, resource, dagId: "own" })),
);

const BODIES: { readonly [route: string]: unknown } = {
  "PATCH /api/v2/dags/:dag_id": { is_paused: false },
  "POST /api/v2/dags/:dag_id/dagRuns": {},
  "POST /api/v2/dags/:dag_id/dagRuns/list": {},
  "PATCH /api/v2/dags/:dag_id/dagRuns/:dag_run_id": { note: "hello" },
  "POST /api/v2/dags/:dag_id/dagRuns/:dag_run_id/clear": { dry_run: true },
  "PATCH /api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id": { note: "hello" },
  "PATCH /api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/:map_index": { note: "hello" },
  "PATCH /api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/dry_run": { new_state: "success" },
  "PATCH /api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/:map_index/dry_run": { new_state: "success" },
  "PUT /ui/colors": { accent: "#1f6f54" },
  "PUT /ui/views/:page/:name": { query: "state=failed" },
  "POST /api/v2/connections": { connection_id: "new", conn_type: "postgres" },
  "POST /api/v2/connections/test": { connection_id: "new", conn_type: "postgres" },
  "PATCH /api/v2/connections/:connection_id": { connection_id: "none", conn_type: "postgres" },
  "PATCH /api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances": { actions: [] },
  "POST /api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/xcomEntries": { key: "by_hand", value: 1 },
  "PATCH /api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/xcomEntries/:xcom_key": { value: 2 },
  "POST /api/v2/assets/events": { asset_id: 1 },
  "POST /api/v2/variables": { key: "new", value: "1" },
  "PATCH /api/v2/variables/:variable_key": { key: "none", value: "1" },
  "PATCH /api/v2/variables": { actions: [] },
  "PATCH /api/v2/connections": { actions: [] },
  "POST /api/v2/pools": { name: "new", slots: 1 },
  "PATCH /api/v2/pools/:pool_name": { slots: 2 },
  "PATCH /api/v2/pools": { actions: [] },
  "PUT /ui/code/file": { project: "main", path: "dags/a.ts", content: "", expected: null },
  "POST /ui/code/move": { project: "main", from: "a.ts", to: "b.ts" },
  "POST /ui/code/check": { project: "main", path: "a.ts", content: "" },
  "POST /ui/code/complete": { project: "main", path: "a.ts", content: "", offset: 0 },
  "POST /ui/code/hover": { project: "main", path: "a.ts", content: "", offset: 0 },
  "POST /api/v2/data/layouts": { project: "main" },
  "POST /api/v2/data/layouts/fetch": { project: "main", address: "sftp://none/a.csv" },
  "PUT /api/v2/data/layouts": { project: "main", files: [{ file: "metadata/sources/a.yaml", text: "", expected: null }] },
  "POST /api/v2/data/drift/:drift_id/accept": {},
  "PATCH /api/v2/data/rejects/:reject_id": { values: { a: "1" } },
  "POST /api/v2/data/rejects/dismiss": { load_id: randomUUID() },
  "POST /api/v2/data/rejects/replay": { load_id: randomUUID() },
  "POST /ui/code/git/commit": { project: "main", paths: ["a.ts"], message: "x" },
};

function backfillOf(dag: string) {
  return { dag_id: dag, from_date: "2026-01-10T00:00:00Z", to_date: "2026-01-10T12:00:00Z" };
}

/** Whether the route names its DAG in the body. */
function namesDagInBody(route: RegisteredRoute): boolean {
  return route.method === "POST" && route.url.startsWith("/api/v2/backfills");
}

/** Whether the route names something of a DAG by a number, so that what is foreign is as good as not there. */
function namesById(route: RegisteredRoute): boolean {
  return route.url.includes(":backfill_id");
}

/** What routes demand in the query. */
const QUERIES: { readonly [route: string]: string } = {
  "GET /ui/dags/:dag_id/calendar": "year=2026",
  "GET /ui/dags/:dag_id/grid/cells": "run_id=test-1",
  "GET /api/v2/data/layouts/files": "project=main",
  "POST /api/v2/data/layouts/uploads": "project=main",
  "GET /ui/code/tree": "project=main",
  "GET /ui/code/file": "project=main&path=a.ts",
  "GET /ui/code/search": "project=main&text=x",
  "GET /ui/code/git": "project=main",
  "GET /ui/code/git/diff": "project=main",
  "GET /ui/code/git/history": "project=main",
  "GET /ui/code/git/file": "project=main&path=a.ts",
  "DELETE /ui/code/file": `project=main&path=a.ts&expected=${"0".repeat(64)}`,
};

/** A well-formed request to the route, about the given DAG. */
function requestTo(route: RegisteredRoute, dag: "own" | "foreign"): TestRequest {
  const values: { readonly [name: string]: string } = {
    dag_id: route.url.endsWith("/dagRuns/list") ? "~" : dag,
    dag_run_id: runs[dag],
    run_id: runs[dag],
    task_id: "extract",
    try_number: "1",
    task_try_number: "1",
    map_index: "-1",
    version_number: "1",
    asset_id: "1",
    asset_alias_id: "1",
    backfill_id: String(ids[dag].backfill),
    xcom_key: "return_value",
    connection_id: "none",
    variable_key: "none",
    import_error_id: "1",
    drift_id: "1",
    reject_id: "1",
    pool_name: "none",
    section: "core",
    option: "parallelism",
    event_log_id: "1",
    callback_id: randomUUID(),
    sessionId: randomUUID(),
    attemptId: randomUUID(),
    connectionId: "none",
    key: "none",
    hash: "0".repeat(64),
    page: "dags",
  };
  const url = route.url.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? `missing-${name}`);
  const key = `${route.method} ${route.url}`;
  const backfill = key.startsWith("POST /api/v2/backfills") ? backfillOf(dag) : undefined;
  const clear = key === "POST /api/v2/dags/:dag_id/clearTaskInstances" ? { dag_run_id: runs[dag], task_ids: ["extract"] } : undefined;
  const body = clear ?? backfill ?? BODIES[key];
  const query = QUERIES[key];
  return {
    method: route.method as NonNullable<TestRequest["method"]>,
    url: route.url.endsWith("/wait") ? `${url}?interval=1` : query === undefined ? url : `${url}?${query}`,
    ...(body === undefined ? {} : { body }),
    ...(/\/(uploads|import)$/.test(route.url) ? { file: { name: "a.csv", content: "1" } } : {}),
  };
}

/** Routes for users; streams that do not end by themselves have tests of their own. */
function userRoutes(): readonly RegisteredRoute[] {
  return kit.server.routes.filter((route) => {
    const isForUsers = typeof route.policy !== "string" || route.policy === "authenticated";
    return isForUsers && route.method !== "HEAD" && !route.url.endsWith("/ui/events") && !route.url.endsWith("/wait");
  });
}

function named(route: RegisteredRoute): string {
  return `${route.method} ${route.url}`;
}

/** Deleting routes last, so that what others look at is still there. */
function inOrder(routes: readonly RegisteredRoute[]): readonly RegisteredRoute[] {
  const isDelete = (route: RegisteredRoute): number => Number(route.method === "DELETE");
  return routes.toSorted((left, right) => isDelete(left) - isDelete(right) || right.url.length - left.url.length);
}

function namesDag(route: RegisteredRoute): boolean {
  return /\/:dag_id/.test(route.url) && !route.url.endsWith("/dagRuns/list");
}

describe("ids in query and body (CVE-2026-41084, CVE-2026-26929)", () => {
  test("dag_ids of a body are filtered by rights", async () => {
    const token = await kit.tokenWith(ALL_ON_OWN);
    const answer = await kit.send({ method: "POST", url: "/api/v2/dags/~/dagRuns/list", body: { dag_ids: ["own", "foreign"] } }, token);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain("foreign");
  });

  test("a foreign dag_id in the query of the event stream is refused", async () => {
    const token = await kit.tokenWith(ALL_ON_OWN);
    expect((await kit.send({ url: "/ui/events?dag_id=foreign" }, token)).status).toBe(403);
    expect((await kit.send({ url: "/ui/events?dag_id=not-there" }, token)).status).toBe(403);
  });

  test("a run of a foreign DAG is not reached under the name of the own DAG", async () => {
    const token = await kit.tokenWith(ALL_ON_OWN);
    const run = (await queueAttempt(kit.store, { dagId: "foreign" })).runId;
    expect((await kit.send({ url: `/api/v2/dags/own/dagRuns/${run}` }, token)).status).toBe(404);
    const cleared = await kit.send(
      { method: "POST", url: "/api/v2/dags/own/clearTaskInstances", body: { dag_run_id: run, dry_run: false } },
      token,
    );
    expect(cleared.status).toBe(404);
  });
});

describe("authorisation of every route (D2, D6; ASVS 8.2, 8.3)", () => {
  test("the walk covers the API: routes are found, each with a policy", () => {
    expect(userRoutes().length).toBeGreaterThan(45);
    expect(kit.server.routes.filter((route) => route.policy === undefined)).toEqual([]);
  });

  test("nobody gets in anywhere: 401 for every route that is not public", async () => {
    for (const route of kit.server.routes.filter(({ policy }) => policy !== "public")) {
      const answer = await kit.send(requestTo(route, "own"));
      expect(answer.status, named(route)).toBe(401);
    }
  });

  test("what is public is short and known", () => {
    const open = kit.server.routes.filter(({ policy, method }) => policy === "public" && method !== "HEAD").map(named);
    expect(open.toSorted()).toEqual([
      "GET /api/v2/monitor/health",
      "GET /api/v2/version",
      "GET /openapi.json",
      "GET /ui/translations/:language",
      "POST /auth/token",
      "POST /auth/token/cli",
      "POST /ui/session",
    ]);
  });

  test("a user's token opens nothing of the Execution API", async () => {
    const token = await kit.tokenOf("Admin");
    const routes = kit.server.routes.filter(({ policy }) => policy === "worker" || policy === "session" || policy === "attempt");
    expect(routes.length).toBeGreaterThan(9);
    for (const route of routes) expect((await kit.send(requestTo(route, "own"), token)).status, named(route)).toBe(401);
  });

  test("a Viewer may do exactly what the role says", async () => {
    const token = await kit.tokenOf("Viewer");
    const held = new Set(permissionsOfRole("Viewer").map(({ action, resource }) => `${action} ${resource}`));
    for (const route of inOrder(userRoutes())) {
      if (route.policy === "authenticated") continue;
      const may = rightsOfPolicy(route.policy).every(({ action, resource }) => held.has(`${action} ${resource}`));
      const { status } = await kit.send(requestTo(route, "own"), token);
      if (may) expect([200, 204, 404], named(route)).toContain(status);
      else expect(status, named(route)).toBe(403);
    }
  });

  test("somebody with all rights on one DAG gets 403 for each route that names another, existing or not, and for all that is global", async () => {
    const token = await kit.tokenWith(ALL_ON_OWN);
    for (const route of userRoutes()) {
      if (route.policy === "authenticated") continue;
      const request = requestTo(route, "foreign");
      const answer = await kit.send(request, token);
      const isGlobal = rightsOfPolicy(route.policy).some((right) => right.dagId === undefined);
      if (namesDag(route) || namesDagInBody(route) || isGlobal) expect(answer.status, named(route)).toBe(403);
      else if (namesById(route)) expect(answer.status, named(route)).toBe(404);
      else expect(answer.status, named(route)).toBe(200);
      if (namesDag(route)) {
        const unknown = await kit.send({ ...request, url: request.url.replace("/foreign", "/not-there") }, token);
        expect([unknown.status, unknown.text], named(route)).toEqual([answer.status, answer.text]);
      }
      expect(answer.text, named(route)).not.toContain("foreign");
    }
  });

  test("the same user reaches all of the own DAG", async () => {
    const token = await kit.tokenWith(ALL_ON_OWN);
    for (const route of inOrder(userRoutes()).filter(namesDag)) {
      const { status, text } = await kit.send(requestTo(route, "own"), token);
      expect([200, 201, 204, 404], `${named(route)} ${text}`).toContain(status);
    }
  });

  test("an administrator is refused nowhere", async () => {
    const token = await kit.tokenOf("Admin");
    for (const route of inOrder(userRoutes())) {
      if (named(route).startsWith("DELETE /ui/session") || named(route).startsWith("DELETE /auth")) continue;
      const { status, text } = await kit.send(requestTo(route, "foreign"), token);
      // What the state of the object does not allow is refused to nobody in particular.
      if (text.includes("transition_refused") || text.includes("xcom_exists")) continue;
      expect([200, 201, 204, 404], `${named(route)} ${status} ${text}`).toContain(status);
    }
    expect(kit.loggedErrors).toEqual([]);
  });
});
