import type { DagSpec } from "@polyflow/contracts";
import { describe, expect, test } from "vitest";
import { backfillDates, decideBackfillDate, requireRunsBackwards } from "./backfill.ts";

const NOW = new Date("2026-03-10T12:00:00Z");
const daily = { kind: "cron", expressions: ["0 3 * * *"], timezone: "Europe/Moscow" } as const;

function dates(dag: Partial<DagSpec>, from: string, to: string, mostDates = 100): readonly string[] {
  const spec = { dagId: "d", schedule: daily, catchup: false, tasks: [], ...dag };
  return backfillDates(spec, { from: new Date(from), to: new Date(to) }, { now: NOW, mostDates }).map((run) =>
    run.logicalDate.toISOString(),
  );
}

describe("dates of a backfill (A9)", () => {
  test("both ends are inclusive, whether or not the DAG catches up", () => {
    expect(dates({}, "2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z")).toEqual([
      "2026-03-01T00:00:00.000Z",
      "2026-03-02T00:00:00.000Z",
      "2026-03-03T00:00:00.000Z",
    ]);
  });

  test("start and end date of the DAG bound it, and so does the present", () => {
    const bounds = { startDate: "2026-03-02T00:00:00Z", endDate: "2026-03-03T12:00:00Z" };
    expect(dates(bounds, "2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z")).toHaveLength(2);
    expect(dates({}, "2026-03-09T01:00:00Z", "2026-04-01T00:00:00Z")).toEqual(["2026-03-10T00:00:00.000Z"]);
  });

  test("an interval keeps the phase of its start date", () => {
    const schedule = { kind: "interval", everyMs: 3_600_000 } as const;
    expect(dates({ schedule, startDate: "2026-01-01T00:10:00Z" }, "2026-03-01T00:00:00Z", "2026-03-01T01:30:00Z")).toEqual([
      "2026-03-01T00:10:00.000Z",
      "2026-03-01T01:10:00.000Z",
    ]);
  });

  test.each([
    [{}, "2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z", /before it begins/],
    [{}, "2026-03-11T00:00:00Z", "2026-03-12T00:00:00Z", /yet to come/],
    [{}, "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", /more than 9 dates/],
    [{ schedule: { kind: "none" } }, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", /cannot be backfilled/],
    [{ schedule: { kind: "continuous" } }, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", /cannot be backfilled/],
  ] as const)("%j from %s to %s is refused", (dag, from, to, message) => {
    expect(() => dates(dag, from, to, 9)).toThrow(message);
  });
});

test.each([
  [undefined, "none", { action: "create" }],
  ["queued", "completed", { action: "skip", reason: "in flight" }],
  ["running", "completed", { action: "skip", reason: "in flight" }],
  ["failed", "none", { action: "skip", reason: "already exists" }],
  ["failed", "failed", { action: "reprocess" }],
  ["failed", "completed", { action: "reprocess" }],
  ["success", "none", { action: "skip", reason: "already exists" }],
  ["success", "failed", { action: "skip", reason: "already exists" }],
  ["success", "completed", { action: "reprocess" }],
] as const)("a date with a run in state %s and reprocess behaviour %s: %j (A9)", (existing, reprocess, expected) => {
  expect(decideBackfillDate(existing, reprocess)).toEqual(expected);
});

test("runs do not go backwards where a task waits for the run before", () => {
  const task = { taskId: "a", dependsOnPast: true } as DagSpec["tasks"][number];
  expect(() => requireRunsBackwards({ dagId: "d", schedule: daily, catchup: false, tasks: [task] })).toThrow(/"a".*backwards/);
});
