import type { LeaderTerm } from "@polyflow/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dagSpec, newRun, only, taskSpec, TestStore } from "../fixture/test-store.ts";

let test_: TestStore;
let term: LeaderTerm;
beforeAll(async () => {
  test_ = await TestStore.open();
  term = await test_.lead();
});
afterAll(() => test_.close());

const instants = (iso: string) => ({ logicalDate: iso, dataIntervalStart: iso, dataIntervalEnd: iso, runAfter: iso });

test("A2: what an author's timetable lists goes to the scheduler; a longer list wakes a timetable that had ended", async () => {
  const spec = dagSpec("listed", [taskSpec("a")], { schedule: { kind: "custom", name: "mine" } });
  const file = {
    kind: "dags" as const,
    bundleName: "project",
    relativePath: "listed.ts",
    source: "",
    bundle: { hash: "listed", code: "" },
    specs: [spec],
    parseDurationMs: 1,
  };
  const first = { runs: [instants("2026-03-02T00:00:00.000Z")], until: "2026-03-03T00:00:00.000Z" };
  await test_.store.dags.publishParsedFile({ ...file, horizons: { listed: first } });
  const due = only(await test_.store.scheduler.listDueDags(test_.now, 10));
  expect(due.horizon).toEqual(first);
  await test_.plan(term, due, null);
  expect(await test_.store.scheduler.listDueDags(test_.now, 10)).toEqual([]);
  const longer = { runs: [...first.runs, instants("2026-03-05T00:00:00.000Z")], until: null };
  expect(await test_.store.dags.publishParsedFile({ ...file, horizons: { listed: longer } })).toEqual(["listed"]);
  expect(only(await test_.store.scheduler.listDueDags(test_.now, 10)).horizon).toEqual(longer);
  expect((await test_.store.dags.getDag("listed"))?.versionNumber).toBe(1);
  await test_.store.dags.setPaused("listed", true);
});

test("A2: a task is skipped in runs whose logical date lies outside of its dates", async () => {
  const dated = taskSpec("dated", { startDate: "2026-02-01T00:00:00.000Z", endDate: "2026-03-01T00:00:00.000Z" });
  await test_.publish(dagSpec("dated_tasks", [dated, taskSpec("always")]));
  const stateOn = async (iso: string | null, runId: string) => {
    const { runKey } = await test_.store.runs.createRun(newRun("dated_tasks", { runId, logicalDate: iso === null ? null : new Date(iso) }));
    return (await test_.states(runKey))["dated"];
  };
  expect(await stateOn("2026-01-31T00:00:00Z", "before")).toBe("skipped");
  expect(await stateOn("2026-02-01T00:00:00Z", "within")).toBe("none");
  expect(await stateOn("2026-03-02T00:00:00Z", "after")).toBe("skipped");
  expect(await stateOn(null, "undated")).toBe("none");
  const skipped = await test_.store.runs.getTaskInstance({ dagId: "dated_tasks", runId: "before", taskId: "dated", mapIndex: -1 });
  expect(skipped?.reason).toContain("outside of the dates");
  await test_.store.runs.markRun("dated_tasks", "before", "failed");
  await test_.store.runs.clearTaskInstances({ dagId: "dated_tasks", runId: "before", onlyFailed: false, dryRun: false });
  const cleared = await test_.store.runs.getRun("dated_tasks", "before");
  if (cleared === undefined) throw new Error("the run is gone");
  expect(await test_.states(cleared.runKey)).toEqual({ dated: "skipped", always: "none" });
});

test("A2: a DAG that fails so many times in a row is paused, which the audit log says; one success between saves it", async () => {
  await test_.publish(dagSpec("failing", [taskSpec("a")], { maxConsecutiveFailedRuns: 3 }));
  const end = async (number: number, state: "success" | "failed") => {
    const runAfter = new Date(test_.now.getTime() + number * 1000);
    await test_.store.runs.createRun(newRun("failing", { runId: `manual__${number}`, runAfter }));
    await test_.store.runs.markRun("failing", `manual__${number}`, state);
    return test_.store.scheduler.pauseFailingDags(term, ["failing", "dated_tasks"]);
  };
  expect(await end(1, "failed")).toEqual([]);
  expect(await end(2, "success")).toEqual([]);
  expect(await end(3, "failed")).toEqual([]);
  expect(await end(4, "failed")).toEqual([]);
  expect(await end(5, "failed")).toEqual(["failing"]);
  expect((await test_.store.dags.getDag("failing"))?.isPaused).toBe(true);
  const [entry] = await test_.store.identity.listAudit(1, 0);
  expect(entry).toMatchObject({ event: "pause_failing_dag", dagId: "failing", details: { consecutive_failed_runs: 3 } });
  // whoever switches it on again gets at least one more run
  await test_.store.dags.setPaused("failing", false);
  expect(await end(6, "success")).toEqual([]);
});
