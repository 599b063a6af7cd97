import {
  uiActivity,
  uiCalendar,
  uiDag,
  uiDagFacets,
  uiDagList,
  uiDashboard,
  uiGrid,
  uiGridCells,
  uiRun,
  uiStructure,
} from "@polyflow/contracts/wire";
import { TASK_STATES_BY_URGENCY } from "@polyflow/contracts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { callAttempt, registerWorker, startAttempt } from "../testing/started-attempt.ts";
import { queueAttempt } from "../testing/queued-attempts.ts";
import { testFile, testSpec, testTask } from "../testing/test-dags.ts";
import { startTestServer, type TestServer, textIn } from "../testing/test-server.ts";

let kit: TestServer;
let viewer: string;
let ownOnly: string;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  viewer = await kit.tokenOf("Viewer");
  ownOnly = await kit.tokenWith([
    { action: "read", resource: "DAGs", dagId: "own" },
    { action: "read", resource: "DAG Code", dagId: "own" },
    { action: "read", resource: "ImportError" },
  ]);
  const error = {
    kind: "error",
    bundleName: "main",
    code: "dag_file_syntax",
    message: "Unexpected token",
    line: 3,
    column: 7,
    stack: null,
  } as const;
  await kit.store.dags.publishParsedFile({ ...error, relativePath: "foreign.ts" });
  await kit.store.dags.publishParsedFile({ ...error, relativePath: "unknown.ts" });
});
afterAll(() => kit.close());

const get = (url: string, token: string = viewer) => kit.send({ url }, token);

describe("the list of DAGs (C1)", () => {
  test("shows schedule, coming runs, recent runs with task states, and import errors", async () => {
    const worker = await registerWorker(kit);
    const { runId } = await startAttempt(kit, worker);
    const list = uiDagList.parse((await get("/ui/dags")).body);
    const facets = uiDagFacets.parse((await get("/ui/dag-facets")).body);
    expect(facets).toMatchObject({ total: 2, paused: 0, favourites: 0, tags: ["tag-of-foreign", "tag-of-own"] });
    expect(facets.states).toEqual({ running: 1, none: 1 });
    expect(
      facets.import_errors
        .map((error) => [error.file, error.line])
        .toSorted(([left], [right]) => String(left).localeCompare(String(right))),
    ).toEqual([
      ["foreign.ts", 3],
      ["unknown.ts", 3],
    ]);
    const own = uiDag.parse((await get("/ui/dags/own")).body);
    expect(list.dags.find((dag) => dag.dag_id === "own")).toEqual({ ...own, next_runs: [] });
    expect(own).toMatchObject({
      schedule: "0 3 * * *",
      timezone: "Europe/Moscow",
      task_count: 2,
      recent_runs: [{ run_id: runId, state: "running" }],
      recent_task_states: { running: 1, none: 1 },
      can_edit: false,
      can_trigger: false,
    });
    expect(own.next_runs).toHaveLength(5);
    for (const instant of own.next_runs) expect(instant).toMatch(/T00:00:00.000Z$/);
    const admin = uiDag.parse((await get("/ui/dags/own", await kit.tokenOf("User"))).body);
    expect([admin.can_edit, admin.can_trigger]).toEqual([true, true]);
  });

  test("is searched, filtered, ordered and paged", async () => {
    const ids = async (query: string) => uiDagList.parse((await get(`/ui/dags?${query}`)).body).dags.map((dag) => dag.dag_id);
    expect(await ids("search=OW")).toEqual(["own"]);
    expect(await ids("tag=tag-of-foreign")).toEqual(["foreign"]);
    expect(await ids("tag=tag-of-foreign&tag=tag-of-own")).toEqual(["foreign", "own"]);
    expect(await ids("state=running")).toEqual(["own"]);
    expect(await ids("paused=true")).toEqual([]);
    expect(await ids("order_by=-dag_id&limit=1")).toEqual(["own"]);
    expect(await ids("owner=nobody")).toEqual([]);
    expect((await get("/ui/dags?order_by=secret")).status).toBe(422);
    expect(await ids("state=none")).toEqual(["foreign"]);
    expect(await ids("project=elsewhere")).toEqual([]);
  });

  test("goes on where the page before ended, in every order, whatever came meanwhile", async () => {
    const page = async (query: string) => uiDagList.parse((await get(`/ui/dags?${query}`)).body);
    for (const order of ["dag_id", "-dag_id", "next_run", "-next_run", "last_run", "-last_run"]) {
      const first = await page(`order_by=${order}&limit=1`);
      expect(first.next, order).not.toBeNull();
      const second = await page(`order_by=${order}&limit=1&after=${first.next ?? ""}`);
      expect([first, second].flatMap(({ dags }) => dags.map((dag) => dag.dag_id)).toSorted(), order).toEqual(["foreign", "own"]);
      expect(second.next, order).toBeNull();
    }
    const { next } = await page("order_by=dag_id&limit=1");
    expect((await get(`/ui/dags?order_by=-dag_id&after=${next ?? ""}`)).status).toBe(422);
    const forged = Buffer.from(JSON.stringify(["next_run", "'; select 1 --", "own"])).toString("base64url");
    expect((await get(`/ui/dags?order_by=next_run&after=${forged}`)).status).toBe(422);
  });

  test("knows each user's own favourites and views, and nobody else's (C1)", async () => {
    const other = await kit.tokenOf("Viewer");
    const favourites = async (token: string) =>
      uiDagList.parse((await get("/ui/dags?favourite=true", token)).body).dags.map((dag) => dag.dag_id);
    await kit.send({ method: "PUT", url: "/ui/dags/own/favourite" }, viewer);
    await kit.send({ method: "PUT", url: "/ui/dags/own/favourite" }, viewer);
    expect([await favourites(viewer), await favourites(other)]).toEqual([["own"], []]);
    expect(uiDag.parse((await get("/ui/dags/own")).body).is_favourite).toBe(true);
    expect((await kit.send({ method: "PUT", url: "/ui/dags/nothing/favourite" }, viewer)).status).toBe(404);
    expect((await kit.send({ method: "PUT", url: "/ui/dags/foreign/favourite" }, ownOnly)).status).toBe(403);
    await kit.send({ method: "DELETE", url: "/ui/dags/own/favourite" }, viewer);
    expect(await favourites(viewer)).toEqual([]);

    const colors = async (token: string) => (await get("/ui/session", token)).body["colors"];
    expect(await colors(viewer)).toEqual({ installation: {}, own: null });
    await kit.send({ method: "PUT", url: "/ui/colors", body: { accent: "#1f6f54" } }, viewer);
    expect([await colors(viewer), await colors(other)]).toMatchObject([{ own: { accent: "#1f6f54" } }, { own: null }]);
    expect((await kit.send({ method: "PUT", url: "/ui/colors", body: { accent: "red; }" } }, viewer)).status).toBe(422);
    expect((await kit.send({ method: "PUT", url: "/ui/colors", body: { sky: "#1f6f54" } }, viewer)).status).toBe(422);

    const views = async (token: string) => (await get("/ui/views/dags", token)).body["views"];
    await kit.send({ method: "PUT", url: "/ui/views/dags/My%20failures", body: { query: "state=failed" } }, viewer);
    await kit.send({ method: "PUT", url: "/ui/views/dags/My%20failures", body: { query: "state=failed&sort=-last_run" } }, viewer);
    expect(await views(viewer)).toEqual([{ name: "My failures", query: "state=failed&sort=-last_run" }]);
    expect(await views(other)).toEqual([]);
    await kit.send({ method: "DELETE", url: "/ui/views/dags/My%20failures" }, viewer);
    expect(await views(viewer)).toEqual([]);
  });

  test("tells of readable DAGs alone: not of the tags, errors or counts of others (CVE-2026-28563, CVE-2026-24098)", async () => {
    const list = await get("/ui/dags", ownOnly);
    const facets = await get("/ui/dag-facets", ownOnly);
    expect(uiDagList.parse(list.body).dags).toHaveLength(1);
    expect(uiDagFacets.parse(facets.body)).toMatchObject({ total: 1, states: {}, tags: ["tag-of-own"], import_errors: [] });
    expect(list.text + facets.text).not.toContain("foreign");
    expect(uiDag.parse((await get("/ui/dags/own", ownOnly)).body)).toMatchObject({ recent_runs: [], recent_task_states: {} });
    expect(uiDashboard.parse((await get("/ui/dashboard", ownOnly)).body)).toMatchObject({
      dags: { active: 1, import_errors: 0 },
      task_instances: {},
    });
    for (const url of ["/api/v2/importErrors", "/api/v2/dagTags", "/api/v2/dags"])
      expect((await get(url, ownOnly)).text, url).not.toContain("foreign");
    const errors = (await get("/api/v2/importErrors")).body["import_errors"];
    for (const error of JSON.parse(JSON.stringify(errors))) {
      expect((await get(`/api/v2/importErrors/${error.import_error_id}`)).status).toBe(200);
      expect((await get(`/api/v2/importErrors/${error.import_error_id}`, ownOnly)).status).toBe(404);
    }
  });

  test("the source of a file is not shown to who may not read the code of all of its DAGs (CVE-2026-49296)", async () => {
    expect((await get("/api/v2/dagSources/own", ownOnly)).status).toBe(200);
    await kit.store.dags.publishParsedFile(testFile("own.ts", [testSpec("own"), testSpec("neighbour")]));
    expect((await get("/api/v2/dagSources/own", ownOnly)).status).toBe(403);
    const source = await kit.send({ url: "/api/v2/dagSources/own", headers: { accept: "text/plain" } }, viewer);
    expect([source.headers["content-type"], source.text]).toEqual(["text/plain; charset=utf-8", "// source of own.ts\n"]);
  });
});

describe("one DAG (C2, A10)", () => {
  test("has a graph with data edges, of each version", async () => {
    const spec = testSpec("versioned", { tasks: [testTask("a"), testTask("b", { upstream: ["a"] })] });
    await kit.store.dags.publishParsedFile(testFile("versioned.ts", [spec]));
    await queueAttempt(kit.store, { dagId: "versioned", taskId: "a" });
    const inputs = { x: { kind: "output", taskId: "a" } } as const;
    await kit.store.dags.publishParsedFile(
      testFile("versioned.ts", [{ ...spec, tasks: [testTask("a"), testTask("b", { upstream: ["a"], inputs })] }]),
    );
    const structure = async (query: string) => uiStructure.parse((await get(`/ui/dags/versioned/structure${query}`)).body);
    expect(await structure("")).toMatchObject({ version_number: 2, edges: [{ from: "a", to: "b", data: true }] });
    expect(await structure("?version_number=1")).toMatchObject({ version_number: 1, edges: [{ from: "a", to: "b", data: false }] });
    expect((await get("/ui/dags/versioned/structure?version_number=9")).status).toBe(404);
    const versions = await get("/api/v2/dags/versioned/dagVersions");
    expect(versions.body).toMatchObject({ total_entries: 2, dag_versions: [{ version_number: 2 }, { version_number: 1 }] });
  });

  test("has a grid and runs with their tries", async () => {
    const worker = await registerWorker(kit, "second");
    const attempt = await startAttempt(kit, worker, { taskId: "load" });
    await callAttempt(kit, attempt, "finish", { kind: "failed", reason: "error", message: "first try broke" });
    const run = uiRun.parse((await get(`/ui/dags/own/runs/${attempt.runId}`)).body);
    expect(run.tasks.find((task) => task.task_id === "load")).toMatchObject({
      state: "up_for_retry",
      reason: "first try broke",
      tries: [{ try_number: 1, state: "failed" }],
    });
    const grid = uiGrid.parse((await get("/ui/dags/own/grid?limit=1")).body);
    expect(grid.tasks.map((task) => task.task_id)).toEqual(["extract", "load"]);
    expect(grid.runs[0]?.run_id).toBe(attempt.runId);
    const cells = uiGridCells.parse((await get(`/ui/dags/own/grid/cells?run_id=${encodeURIComponent(attempt.runId)}`)).body);
    expect(cells.runs).toMatchObject([{ run_id: attempt.runId, places: [0, 1] }]);
    expect(cells.runs[0]?.states.map((place) => TASK_STATES_BY_URGENCY[place])).toContain("up_for_retry");
  });
});

test("has a calendar of its runs by the reader's days, and of those to come (C2)", async () => {
  const { runId } = await queueAttempt(kit.store, { dagId: "own" });
  const day = (await kit.store.runs.getRun("own", runId))?.runAfter.toISOString().slice(0, 10);
  const calendar = uiCalendar.parse((await get("/ui/dags/own/calendar?year=2026")).body);
  const found = calendar.days.find((one) => one.day === day);
  expect(Object.values(found?.states ?? {}).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  expect(Object.keys(calendar.planned).length).toBeGreaterThan(1);
  const far = uiCalendar.parse((await get("/ui/dags/own/calendar?year=1999&timezone=Asia/Tokyo")).body);
  expect(far).toEqual({ days: [], planned: {} });
  expect((await get("/ui/dags/own/calendar?year=2026&timezone=Mars/Olympus")).status).toBe(422);
});

describe("the dashboard (C6)", () => {
  test("shows what happened in the last day, and pools to those who may read them", async () => {
    const activity = uiActivity.parse((await get("/ui/activity")).body);
    expect(activity.pools?.map((pool) => pool.name)).toContain("default_pool");
    const restricted = await get(
      "/ui/activity",
      await kit.tokenWith([
        { action: "read", resource: "DAGs", dagId: "own" },
        { action: "read", resource: "DAG Runs", dagId: "own" },
      ]),
    );
    expect(uiActivity.parse(restricted.body).pools).toBeNull();
    expect(restricted.text).not.toContain("foreign");
  });

  test("shows the components by their heartbeats, as does the public health", async () => {
    await kit.store.recordHeartbeat("scheduler");
    const dashboard = uiDashboard.parse((await get("/ui/dashboard")).body);
    expect(dashboard.components.find((component) => component.name === "scheduler")?.status).toBe("healthy");
    expect(dashboard.components.find((component) => component.name === "triggerer")?.status).toBe("unknown");
    expect(dashboard.dags.active).toBeGreaterThan(1);
    const health = await kit.send({ url: "/api/v2/monitor/health" });
    expect(health.body).toMatchObject({
      metadatabase: { status: "healthy" },
      scheduler: { status: "healthy" },
      triggerer: { status: null, latest_triggerer_heartbeat: null },
    });
    expect(textIn(health.body["scheduler"]?.["latest_scheduler_heartbeat"])).toMatch(/Z$/);
    expect((await kit.send({ url: "/api/v2/version" })).body).toEqual({ version: "9.9.9", git_version: null });
  });
});

test("no answer of this file was the server's fault", () => {
  expect(kit.loggedErrors).toEqual([]);
});
