import type { SchedulerStore } from "@polyflow/store";
import { describe, expect, it } from "vitest";
import { simulate, type WorldName } from "./simulate.ts";

/**
 * Every step that a scheduler takes is a call of the store; it may die before it, and after it took effect. A method that is added to the port
 * does not compile here until it says in which world the scheduler comes to it, and with which seed.
 */
const STEPS: { readonly [method in keyof SchedulerStore]: "always" | "not in the model" } = {
  acquireLease: "always",
  renewLease: "always",
  releaseLease: "not in the model",
  listDueDags: "always",
  nextDueAt: "always",
  createScheduledRun: "always",
  setNextRun: "always",
  startQueuedRuns: "always",
  getActiveRuns: "not in the model",
  listActiveRuns: "always",
  getSpec: "always",
  loadTaskFacts: "not in the model",
  loadTaskFactsOfRuns: "always",
  loadMapLengths: "always",
  loadPastFacts: "not in the model",
  runsWithUnfinishedTasks: "always",
  applySchedule: "always",
  wakeDueRetries: "always",
  listUnclaimedAttempts: "always",
  markPublished: "always",
  listWorkerSessions: "always",
  closeWorkerSession: "not in the model",
  listLostAttempts: "always",
  resolveLostAttempt: "not in the model",
  timeOutRuns: "always",
  listBackfillWork: "always",
  applyBackfillSteps: "not in the model",
  listAssetTriggeredDags: "not in the model",
  createAssetRun: "not in the model",
  pauseFailingDags: "not in the model",
  missDeadlines: "not in the model",
};

const WORLD: WorldName = "structured";
const SEEDS = 12;

describe("a scheduler that is killed at each of its steps leaves nothing undone (A14; crash points)", () => {
  const points = Object.entries(STEPS)
    .filter(([, when]) => when === "always")
    .flatMap(([method]) => [`before ${method}`, `after ${method}`]);

  it.each(points)("%s", async (crashAt) => {
    let reached = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const violations = await simulate(seed, "ill", WORLD, { crashAt });
      const others = violations.filter((violation) => !violation.startsWith("the scheduler never came to"));
      expect({ seed, violations: others }).toEqual({ seed, violations: [] });
      if (others.length === violations.length) reached += 1;
    }
    expect(reached).toBeGreaterThan(0);
  });
});
