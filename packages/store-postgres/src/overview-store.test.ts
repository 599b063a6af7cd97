import { afterAll, beforeAll, expect, test } from "vitest";
import { dagSpec, newRun, TestStore, taskSpec } from "./fixture/test-store.ts";

let t: TestStore;
beforeAll(async () => {
  t = await TestStore.open();
});
afterAll(() => t.close());

test("the home page counts what is there, what is under way and what ended in the last day (C6)", async () => {
  const term = await t.lead();
  await t.publish(dagSpec("active", [taskSpec("a"), taskSpec("b")]));
  await t.publish(dagSpec("paused", [taskSpec("a")], { isPausedUponCreation: true }));
  await t.store.dags.publishParsedFile({
    kind: "error",
    bundleName: "project",
    relativePath: "bad.ts",
    code: "dag_file_threw",
    message: "boom",
    line: null,
    column: null,
    stack: null,
  });
  expect(await t.store.overview.countDags()).toEqual({ active: 1, paused: 1, importErrors: 1 });
  await t.startRun(term, "active", { runId: "old" });
  await t.store.runs.markRun("active", "old", "failed");
  t.advance(25 * 3_600_000);
  const run = await t.startRun(term, "active", { runId: "now" });
  await t.schedule(term, run.runKey, ["a"]);
  await t.store.runs.createRun(newRun("paused"));
  expect(await t.store.overview.countRuns()).toEqual({ running: 1, queued: 1 });
  expect(await t.store.overview.countTaskInstances()).toEqual({ queued: 1, none: 2 });
  await t.store.runs.markRun("active", "now", "success");
  expect(await t.store.overview.countRuns()).toEqual({ success: 1, queued: 1 });
});

test("the home page names what failed and what took long in the last day, of readable DAGs alone (C6)", async () => {
  const term = await t.lead();
  await t.publish(dagSpec("slow", [taskSpec("a")], { displayName: "Slow one" }));
  for (const [runId, minutes, state] of [
    ["first", 5, "failed"],
    ["second", 30, "failed"],
    ["third", 1, "success"],
  ] as const) {
    await t.startRun(term, "slow", { runId });
    t.advance(minutes * 60_000);
    await t.store.runs.markRun("slow", runId, state);
  }
  const since = new Date(t.now.getTime() - 86_400_000);
  const activity = await t.store.overview.activity({ since, readableDagIds: ["slow"], most: 2 });
  expect(activity.slowest).toEqual([
    { dagId: "slow", displayName: "Slow one", runId: "second", state: "failed", durationMs: 1_800_000 },
    { dagId: "slow", displayName: "Slow one", runId: "first", state: "failed", durationMs: 300_000 },
  ]);
  expect(activity.failing).toEqual([{ dagId: "slow", displayName: "Slow one", failed: 2, total: 3, lastFailedRunId: "second" }]);
  expect(activity.hours.reduce((sum, hour) => sum + hour.failed * 10 + hour.success, 0)).toBe(21);
  expect(await t.store.overview.activity({ since, readableDagIds: [], most: 2 })).toEqual({ hours: [], slowest: [], failing: [] });
});

test("each component's last sign of life is kept, and that one never gave any (G5)", async () => {
  await t.store.recordHeartbeat("scheduler");
  t.advance(1000);
  await t.store.recordHeartbeat("scheduler");
  expect(await t.store.listHeartbeats()).toEqual([
    { name: "scheduler", lastHeartbeat: t.now },
    { name: "dag_processor", lastHeartbeat: null },
    { name: "triggerer", lastHeartbeat: null },
  ]);
});
