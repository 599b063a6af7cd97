import { DAG_RUN_STATES, FINISHED_RUN_STATES, FINISHED_TASK_STATES, isPolyflowError, TASK_INSTANCE_STATES } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import { decideRunTransition, isLegalRunStep, RUN_TRANSITIONS } from "./run-transitions.ts";
import {
  decideTaskTransition,
  isLegalTaskStep,
  SLOT_HOLDING_STATES,
  statesBefore,
  TASK_EVENTS,
  TASK_TRANSITIONS,
  UNFINISHED_TASK_STATES,
} from "./task-transitions.ts";
import { requireTransition } from "./transition-refusal.ts";

describe("state machine of a task instance (I5)", () => {
  it("has one outcome for each state and event", () => {
    const keys = TASK_TRANSITIONS.map((rule) => `${rule.from} ${rule.event}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("uses every event, and reaches and leaves every state", () => {
    expect(new Set(TASK_TRANSITIONS.map((rule) => rule.event))).toEqual(new Set(TASK_EVENTS));
    expect(new Set(TASK_TRANSITIONS.map((rule) => rule.to))).toEqual(new Set(TASK_INSTANCE_STATES));
    expect(new Set(TASK_TRANSITIONS.map((rule) => rule.from))).toEqual(new Set(TASK_INSTANCE_STATES));
  });

  it("lets only users leave finished states; what follows a user's clear are other numbers of mapped instances", () => {
    for (const rule of TASK_TRANSITIONS) {
      if (rule.event === "vanished" || rule.event === "reappeared") continue;
      if ((FINISHED_TASK_STATES as readonly string[]).includes(rule.from)) expect(rule.who).toBe("user");
    }
  });

  it("gives workers no way but through running: the result of a cleared attempt is refused", () => {
    const byWorkers = TASK_TRANSITIONS.filter((rule) => rule.who === "worker");
    expect(new Set(byWorkers.map((rule) => rule.from))).toEqual(new Set(["queued", "running", "restarting"]));
    expect(decideTaskTransition("restarting", "succeeded").allowed).toBe(false);
  });

  it("can end every unfinished state when the run is over, so that nothing waits for ever (A14, I18)", () => {
    for (const state of UNFINISHED_TASK_STATES) {
      expect(decideTaskTransition(state, "run_ended")).toEqual({ allowed: true, to: "skipped" });
      expect(decideTaskTransition(state, "run_failed").allowed).toBe(true);
    }
  });

  it("derives the sets that statements compare with", () => {
    expect(statesBefore("claimed")).toEqual(["queued"]);
    expect(statesBefore("slot_taken")).toEqual(["scheduled"]);
    expect(SLOT_HOLDING_STATES).toEqual(["queued", "running", "restarting"]);
    expect(isLegalTaskStep("none", "running")).toBe(false);
  });

  it("refuses with a code and says where the event would be legal", () => {
    const refusal = decideTaskTransition("success", "claimed");
    expect(refusal).toEqual({
      allowed: false,
      code: "transition_refused",
      reason: 'A task instance in state "success" cannot be claimed; it could be in queued.',
    });
    let caught: unknown;
    try {
      requireTransition(refusal);
    } catch (error) {
      caught = error;
    }
    expect(isPolyflowError(caught, "transition_refused")).toBe(true);
    expect(requireTransition(decideTaskTransition("queued", "claimed"))).toBe("running");
  });
});

describe("state machine of a run", () => {
  it("has one outcome for each state and event", () => {
    const keys = RUN_TRANSITIONS.map((rule) => `${rule.from} ${rule.event}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("ends as success or failure, never from one to the other without a user", () => {
    for (const from of FINISHED_RUN_STATES) {
      for (const rule of RUN_TRANSITIONS.filter((candidate) => candidate.from === from)) expect(rule.who).toBe("user");
    }
  });

  it("puts a cleared run back into the queue", () => {
    expect(decideRunTransition("failed", "cleared")).toEqual({ allowed: true, to: "queued" });
    expect(decideRunTransition("success", "started")).toMatchObject({ allowed: false, code: "transition_refused" });
    expect(DAG_RUN_STATES.filter((from) => isLegalRunStep(from, "running"))).toEqual(["queued"]);
  });
});
