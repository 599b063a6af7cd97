import type { SchedulerStore } from "@polyflow/store";
import { describe, expect, it } from "vitest";
import { simulate, type WorldName } from "./simulate.ts";

/**
 * Every step that a scheduler takes is a call of the store; it may die before it, and after it took effect. A method that is added to the port
 * does not compile here until it says in which world the scheduler comes to it.
 */
const STEPS: { readonly [method in keyof SchedulerStore]: WorldName | "no step of the scheduler" } = {
  acquireLease: "structured",
  renewLease: "structured",
  releaseLease: "structured",
  listDueDags: "structured",
  nextDueAt: "structured",
  advanceTimetables: "structured",
  startQueuedRuns: "structured",
  getActiveRuns: "structured",
  listActiveRuns: "structured",
  getSpecs: "structured",
  loadTaskFacts: "no step of the scheduler",
  loadTaskFactsOfRuns: "structured",
  loadMapLengths: "structured",
  loadPastFacts: "past",
  runsWithUnfinishedTasks: "structured",
  applySchedule: "structured",
  wakeDueRetries: "structured",
  listUnclaimedAttempts: "structured",
  listClaimedAttempts: "structured",
  markPublished: "structured",
  listWorkerSessions: "structured",
  closeWorkerSession: "structured",
  listLostAttempts: "structured",
  resolveLostAttempt: "structured",
  timeOutRuns: "plain",
  listBackfillWork: "structured",
  applyBackfillSteps: "structured",
  listAssetTriggeredDags: "structured",
  createAssetRun: "structured",
  pauseFailingDags: "structured",
  missDeadlines: "structured",
};

/** Schedules in which the scheduler must have died there, and how many are tried until it has. */
const DEATHS = 4;
const MOST_SEEDS = 250;

describe("a scheduler that is killed at each of its steps leaves nothing undone (A14; crash points)", () => {
  const points = Object.entries(STEPS).flatMap(([method, world]) =>
    world === "no step of the scheduler"
      ? []
      : [
          { world, crashAt: `before ${method}` },
          { world, crashAt: `after ${method}` },
        ],
  );

  it.each(points)("$crashAt", { timeout: 120_000 }, async ({ world, crashAt }) => {
    let deaths = 0;
    for (let seed = 1; seed <= MOST_SEEDS && deaths < DEATHS; seed++) {
      const violations = await simulate(seed, "ill", world, { crashAt });
      const others = violations.filter((violation) => !violation.startsWith("the scheduler never came to"));
      expect({ seed, violations: others }).toEqual({ seed, violations: [] });
      if (others.length === violations.length) deaths += 1;
    }
    expect(deaths).toBe(DEATHS);
  });
});
