import { describe, expect, it } from "vitest";
import { simulateMany } from "./simulate-many.ts";

/** Schedules in all; POLYFLOW_TEST_SIMULATIONS asks for fewer (or more). */
const SCHEDULES = Number(process.env["POLYFLOW_TEST_SIMULATIONS"] ?? 100_000);

/** Shares of the kinds of schedules. */
const KINDS = [
  { world: "structured", health: "ill", share: 0.55 },
  { world: "plain", health: "ill", share: 0.2 },
  { world: "structured", health: "healthy_without_poll", share: 0.15 },
  { world: "plain", health: "healthy_without_poll", share: 0.03 },
  { world: "past", health: "ill", share: 0.04 },
  { world: "past", health: "healthy_without_poll", share: 0.03 },
] as const;

/** What must have happened, so that the schedules show what they claim to; calls of the store and crashes at them are asserted beside. */
const EXERCISED = [
  "hint lost",
  "hint doubled",
  "hint late, so that others overtake it",
  "workload lost",
  "workload doubled",
  "a store call stalls",
  "worker died",
  "worker left",
  "worker cut off",
  "late report refused",
  "claim refused",
  "another scheduler leads",
  "scheduler stopped in order",
  "a scheduler whose clock is wrong",
  "refused a write of a term that is over",
  "a decision was overtaken",
  "made good a loss",
  "gave up a lost task",
  "made good what a leaving worker had",
  "task deferred",
  "trigger fired",
  "trigger lost",
  "woken from deferred",
  "woken from up_for_reschedule",
  "woken from up_for_retry",
  "task removed",
  "task upstream_failed",
  "skipped what follows",
  "held by a full pool",
  "cleared",
  "marked",
  "marked while running",
  "published a new version",
  "a DAG that cannot be read",
  "backfill: create",
  "backfill: reprocess",
  "backfill: skip",
  "backfill: completed",
  "asset updated",
  "asset run created",
  "paused a failing DAG",
  "missed a deadline",
  "run timed out",
  "somebody else holds a DAG",
  "timetable: created, among others",
  "timetable: exists",
  "timetable: busy",
  "timetable: left_alone",
  "a batch of runs cannot be written because of one",
  "a run cannot be written",
];

/** Store calls at which schedules have to fail in every way. */
const CALLS = ["acquireLease", "renewLease", "advanceTimetables", "startQueuedRuns", "applySchedule", "wakeDueRetries", "markPublished"];
const WAYS = ["died before", "died after", "refused", "did, and seemed to fail,"];

describe("simulated cluster: crashes, lost and doubled hints, writes that look failed change no result (A14)", () => {
  it(`${SCHEDULES} random schedules violate no invariant, and everything that can go wrong in them does`, {
    timeout: 3_600_000,
  }, async () => {
    const series = KINDS.map(({ share, ...kind }) => ({ ...kind, from: 1, seeds: Math.ceil(SCHEDULES * share) }));
    const { findings, seen } = await simulateMany(series);
    const replays = findings.map(({ seed, world, health, violations }) => ({
      again: `npm run simulate -- --seed ${seed} --world ${world} --health ${health}`,
      violations,
    }));
    expect(replays).toEqual([]);
    const wanted = [...EXERCISED, ...CALLS.flatMap((call) => WAYS.map((way) => `${way} ${call}`))];
    // Few schedules show less.
    if (SCHEDULES >= 10_000) expect(wanted.filter((what) => (seen.get(what) ?? 0) < 5)).toEqual([]);
  });
});
