import type { TaskInstanceState } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import { evaluateDependsOnPast, evaluateWaitForDownstream, type PastOfTask, pastWindowOf } from "./past-dependency.ts";

const past = (states: readonly TaskInstanceState[], hadInstances = true): PastOfTask => ({ states, hadInstances });

describe("evaluateDependsOnPast (A2; Airflow's PrevDagrun)", () => {
  it.each<[string, PastOfTask | undefined, boolean, string]>([
    ["no previous run", undefined, true, "no previous run"],
    ["success", past(["success"]), true, "succeeded or was skipped"],
    ["skipped", past(["skipped"]), true, "succeeded or was skipped"],
    ["failed", past(["failed"]), false, "is failed"],
    ["upstream_failed", past(["upstream_failed"]), false, "is upstream_failed"],
    ["removed", past(["removed"]), false, "is removed"],
    ["not decided yet", past(["none"]), false, "is none"],
    ["waiting for a retry", past(["up_for_retry"]), false, "is up_for_retry"],
    ["all map indexes done", past(["success", "skipped", "success"]), true, "succeeded or was skipped"],
    ["one map index open", past(["success", "running", "running"]), false, "is running;"],
    ["a task that is new to the DAG", past([], false), true, "is new"],
    ["a task that the previous run lacks and others have", past([], true), false, "does not have the task"],
  ])("%s", (_case, given, passed, reason) => {
    const result = evaluateDependsOnPast(given);
    expect(result.passed).toBe(passed);
    expect(result.reason).toContain(reason);
  });
});

it("A2: who is told of the run before learns its id", () => {
  const failed = { ...past(["failed"]), previousRunId: "scheduled__2026-01-02" };
  expect(evaluateDependsOnPast(failed).reason).toContain("of the previous run scheduled__2026-01-02 is failed");
  expect(evaluateDependsOnPast({ ...failed, states: [] }).reason).toContain(
    "The previous run scheduled__2026-01-02 does not have the task",
  );
  expect(evaluateWaitForDownstream([{ ...failed, taskId: "load" }]).reason).toContain('In the previous run scheduled__2026-01-02 "load"');
});

describe("pastWindowOf (A2)", () => {
  const startDate = "2024-01-01T00:00:00.000Z";
  it("with catchup the timetable's own runs from the start date on, otherwise any", () => {
    expect(pastWindowOf({ catchup: true, startDate })).toEqual({ skipsManualRuns: true, since: new Date(startDate) });
    expect(pastWindowOf({ catchup: true })).toEqual({ skipsManualRuns: true, since: null });
    expect(pastWindowOf({ catchup: false, startDate })).toEqual({ skipsManualRuns: false, since: null });
  });
});
