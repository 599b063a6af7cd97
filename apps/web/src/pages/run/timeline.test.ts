import { expect, it } from "vitest";
import { shareOfRun } from "./timeline.ts";

const at = (seconds: number) => new Date(seconds * 1_000).toISOString();

it("places a task within its run, and a running one up to now", () => {
  const run = { start_date: at(0), end_date: null };
  expect(shareOfRun({ start_date: at(50), end_date: at(75) }, run, 100_000)).toEqual({ from: 50, width: 25 });
  expect(shareOfRun({ start_date: at(50), end_date: null }, run, 100_000)).toEqual({ from: 50, width: 50 });
  expect(shareOfRun({ start_date: null, end_date: null }, run, 100_000)).toBeNull();
});
