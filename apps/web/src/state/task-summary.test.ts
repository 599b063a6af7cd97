import { expect, it } from "vitest";
import { summariseTasks } from "./task-summary.ts";

const cell = (state: string, start: string | null, end: string | null) => ({ task_id: "t", state, start_date: start, end_date: end });

it("shows of a mapped task the state that most needs a look, from the first start to the last end", () => {
  const cells = [
    cell("success", "2026-01-01T00:00:01Z", "2026-01-01T00:00:05Z"),
    cell("failed", "2026-01-01T00:00:00Z", "2026-01-01T00:00:03Z"),
  ];
  expect(summariseTasks(cells).get("t")).toEqual({ state: "failed", count: 2, start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:00:05Z" });
});

it("has no end while one instance runs", () => {
  expect(summariseTasks([cell("success", "a", "b"), cell("running", "a", null)]).get("t")?.end).toBeNull();
});
