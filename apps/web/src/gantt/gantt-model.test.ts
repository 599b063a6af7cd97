import { expect, it } from "vitest";
import type { RunTask, UiRun } from "../api/runs.ts";
import { ganttBars, ganttTicks, runSpan } from "./gantt-model.ts";

const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1000).toISOString();
const task: RunTask = {
  task_id: "a",
  map_index: -1,
  map_name: null,
  state: "success",
  try_number: 2,
  start_date: at(60),
  end_date: at(100),
  operator: "function",
  max_tries: 1,
  queued_at: at(50),
  next_retry_at: null,
  reason: null,
  note: null,
  pool: "default_pool",
  hostname: null,
  tries: [
    { try_number: 1, state: "failed", start_date: at(0), end_date: at(20) },
    { try_number: 2, state: "success", start_date: at(60), end_date: at(100) },
  ],
};
const run = { start_date: at(0), end_date: at(100), tasks: [task] } as unknown as UiRun;

it("C2: shows every try in its place, and the time in the queue", () => {
  const span = runSpan(run, 0);
  expect(span).toEqual({ start: Date.parse(at(0)), end: Date.parse(at(100)) });
  expect(span && ganttBars(task, span).map(({ kind, from, width, ms }) => [kind, from, width, ms])).toEqual([
    ["queued", 50, 10, 10_000],
    ["try", 0, 20, 20_000],
    ["try", 60, 40, 40_000],
  ]);
});

it("C2: grows to now while the run goes on, and knows when nothing has begun", () => {
  const now = Date.parse(at(500));
  expect(runSpan({ ...run, end_date: null } as UiRun, now)?.end).toBe(now);
  const waiting = { ...task, start_date: null, end_date: null, tries: [] };
  expect(runSpan({ ...run, tasks: [waiting] } as UiRun, now)).toBeNull();
});

it("C2: marks the time line at round distances", () => {
  expect(ganttTicks({ start: 0, end: 100_000 }).map((tick) => tick.ms)).toEqual([0, 15_000, 30_000, 45_000, 60_000, 75_000, 90_000]);
  expect(ganttTicks({ start: 0, end: 3 }).length).toBeGreaterThan(1);
});
