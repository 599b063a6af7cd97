import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { dagSpec, only, START, TestStore, taskSpec } from "../fixture/test-store.ts";

let t: TestStore;
beforeAll(async () => {
  t = await TestStore.open();
});
afterAll(() => t.close());
beforeEach(async () => {
  for (const { dag_id: dagId } of await t.sql<{ dag_id: string }>("select dag_id from polyflow.dag")) await t.store.dags.deleteDag(dagId);
  await t.sql("delete from polyflow.dag_file");
  t.events.length = 0;
});

const one = dagSpec("one", [taskSpec("a"), taskSpec("b", { upstream: ["a"] })], {
  tags: ["sales"],
  schedule: { kind: "cron", expressions: ["@daily"], timezone: "UTC" },
});

test("a file's DAG appears with its version, source and code; the same file again changes nothing (A1, A10)", async () => {
  expect(await t.publish(one)).toEqual(["one"]);
  expect(await t.publish({ ...one })).toEqual([]);
  const dag = await t.store.dags.getDag("one");
  expect(dag).toMatchObject({ dagId: "one", versionNumber: 1, isActive: true, relativePath: "one.ts", spec: one, nextRun: null });
  expect(await t.store.dags.listVersions("one")).toHaveLength(1);
  expect(await t.store.dags.getBundle(`hash of ${JSON.stringify([one])}`)).toBe(JSON.stringify([one]));
  expect(t.events).toEqual([{ kind: "dag", dagId: "one" }]);
});

test("a changed spec is a new version, the former one stays to be read (A10)", async () => {
  await t.publish(one);
  await t.publish({ ...one, tags: ["sales", "new"] });
  expect((await t.store.dags.listVersions("one")).map((version) => version.versionNumber)).toEqual([2, 1]);
  expect((await t.store.dags.getSource("one", 1))?.source).toContain('"tags":["sales"]');
  expect((await t.store.dags.getSource("one"))?.versionNumber).toBe(2);
  expect(await t.store.dags.listTags()).toEqual(["new", "sales"]);
});

test("a changed comment changes the source shown, not the version", async () => {
  await t.publishAs({ relativePath: "one.ts", source: "// first" }, one);
  expect(await t.publishAs({ relativePath: "one.ts", source: "// second" }, one)).toEqual([]);
  expect(await t.store.dags.getSource("one")).toEqual({ source: "// second", versionNumber: 1 });
});

test("an error leaves the last good version in force and goes with the next good one (I31)", async () => {
  await t.publish(one);
  const place = { bundleName: "project", relativePath: "one.ts" };
  const error = { code: "dag_file_syntax", message: "Unexpected }", line: 3, column: 7, stack: null };
  await t.store.dags.publishParsedFile({ kind: "error", ...place, ...error });
  expect(only(await t.store.dags.listImportErrors())).toMatchObject({ ...place, ...error, dagIds: ["one"] });
  expect(await t.store.dags.getDag("one")).toMatchObject({ isActive: true, hasImportErrors: true, versionNumber: 1 });
  await t.publish(one);
  expect(await t.store.dags.listImportErrors()).toEqual([]);
});

test("an id that another file uses is refused there and harms nobody (I32)", async () => {
  await t.publish(one);
  const two = dagSpec("two", [taskSpec("x")]);
  expect(await t.publishAs({ relativePath: "copy.ts" }, one, two)).toEqual(["two"]);
  expect(only(await t.store.dags.listImportErrors())).toMatchObject({ relativePath: "copy.ts", code: "dag_duplicate_id" });
  expect(await t.store.dags.getDag("one")).toMatchObject({ relativePath: "one.ts", versionNumber: 1 });
  await t.store.dags.removeFile("project", "one.ts");
  expect(await t.publishAs({ relativePath: "copy.ts" }, one, two)).toEqual(["one"]);
  expect(await t.store.dags.listImportErrors()).toEqual([]);
});

test("two files that bring the same new id at once: one has it, the other an error", async () => {
  const other = await t.another();
  const file = { kind: "dags", bundleName: "project", source: "", specs: [one], parseDurationMs: 1 } as const;
  const results = await Promise.all([
    t.store.dags.publishParsedFile({ ...file, relativePath: "a.ts", bundle: { hash: "a", code: "a" } }),
    other.dags.publishParsedFile({ ...file, relativePath: "b.ts", bundle: { hash: "b", code: "b" } }),
  ]);
  expect(results.flat()).toEqual(["one"]);
  expect(only(await t.store.dags.listImportErrors()).code).toBe("dag_duplicate_id");
});

test("a spec that the database cannot hold is an import error of its file alone (I32; Airflow #44738, #27622)", async () => {
  expect(await t.publish(dagSpec("poison", [taskSpec("a", { operator: "bell \0" })]))).toEqual([]);
  expect(only(await t.store.dags.listImportErrors())).toMatchObject({ relativePath: "poison.ts", code: "dag_invalid" });
  expect(await t.publish(one)).toEqual(["one"]);
});

test("text with U+0000 in what is only kept, not searched, is kept", async () => {
  const spec = dagSpec("bell", [taskSpec("a", { details: { command: "printf '\0'" } })]);
  await t.publishAs({ relativePath: "bell.ts", code: "x", source: "x" }, spec);
  expect((await t.store.dags.getDag("bell"))?.spec).toEqual(spec);
});

test("a DAG that leaves its file, and one whose file goes, become inactive and come back", async () => {
  const two = dagSpec("two", [taskSpec("x")]);
  await t.publishAs({ relativePath: "both.ts" }, one, two);
  await t.publishAs({ relativePath: "both.ts" }, one);
  expect(await t.store.dags.getDag("two")).toMatchObject({ isActive: false });
  expect(await t.store.dags.removeFile("project", "both.ts")).toEqual(["one"]);
  expect((await t.store.dags.listDags({ limit: 10, offset: 0 })).total).toBe(0);
  expect((await t.store.dags.listDags({ limit: 10, offset: 0, onlyActive: false })).total).toBe(2);
  expect(await t.store.dags.listFiles("project")).toEqual([]);
  expect(await t.publishAs({ relativePath: "both.ts" }, one, two)).toEqual(["one", "two"]);
  expect(t.events).toContainEqual({ kind: "dag_removed", dagId: "two" });
});

test("a changed schedule is asked anew, another change keeps the plan (A2)", async () => {
  await t.publish(one);
  const term = await t.lead();
  const next = { logicalDate: START, dataIntervalStart: START, dataIntervalEnd: START, runAfter: START };
  await t.plan(term, await t.asked("one"), next);
  await t.publish({ ...one, description: "better" });
  expect((await t.store.dags.getDag("one"))?.nextRun).toEqual(next);
  await t.publish({ ...one, schedule: { kind: "interval", everyMs: 1000 } });
  expect((await t.store.dags.getDag("one"))?.nextRun).toBeNull();
  expect(only(await t.store.scheduler.listDueDags(START, 10)).dagId).toBe("one");
});

test("the list is filtered, ordered and cut in pages (C1)", async () => {
  await t.publish(dagSpec("alpha", [taskSpec("a")], { tags: ["x", "y"], owners: ["ann"], displayName: "Загрузка 100%" }));
  await t.publish(dagSpec("beta_1", [taskSpec("a")], { tags: ["y"], owners: ["bob"] }));
  await t.publish(dagSpec("beta-2", [taskSpec("a")], { tags: [], owners: ["bob", "ann"], isPausedUponCreation: true }));
  const run = await t.startRun(await t.lead(), "beta_1");
  await t.store.runs.markRun("beta_1", run.runId, "failed");
  const ids = async (filter: object) => (await t.store.dags.listDags({ limit: 10, offset: 0, ...filter })).rows.map((dag) => dag.dagId);
  expect(await ids({})).toEqual(["alpha", "beta-2", "beta_1"]);
  expect(await ids({ orderBy: "-dag_id", limit: 2, offset: 1 })).toEqual(["beta-2", "alpha"]);
  expect(await ids({ search: "загрузка" })).toEqual(["alpha"]);
  expect(await ids({ search: "100%" })).toEqual(["alpha"]);
  expect(await ids({ search: "beta_" })).toEqual(["beta_1"]);
  expect(await ids({ dagIdPattern: "BETA%|nothing" })).toEqual(["beta-2", "beta_1"]);
  expect(await ids({ tags: ["x", "y"] })).toEqual(["alpha", "beta_1"]);
  expect(await ids({ tags: ["x", "y"], tagsMatch: "all" })).toEqual(["alpha"]);
  expect(await ids({ owner: "ann" })).toEqual(["alpha", "beta-2"]);
  expect(await ids({ owners: ["bob"], isPaused: true })).toEqual(["beta-2"]);
  expect(await ids({ lastRunState: "failed" })).toEqual(["beta_1"]);
  expect(await ids({ orderBy: "-last_run", limit: 1 })).toEqual(["beta_1"]);
  expect(await ids({ readableDagIds: ["alpha"] })).toEqual(["alpha"]);
  expect((await t.store.dags.listDags({ limit: 1, offset: 0, search: "beta" })).total).toBe(2);
  await expect(t.store.dags.listDags({ limit: -1, offset: 0 })).rejects.toMatchObject({ code: "request_invalid" });
});

test("deleting a DAG takes its runs, versions and plans with it", async () => {
  await t.publish(one);
  await t.startRun(await t.lead(), "one");
  expect(await t.store.dags.deleteDag("one")).toBe(true);
  expect(await t.store.dags.deleteDag("one")).toBe(false);
  const left = await t.sql("select dag_run_id from polyflow.dag_run union all select dag_version_id from polyflow.dag_version");
  expect(left).toEqual([]);
});
