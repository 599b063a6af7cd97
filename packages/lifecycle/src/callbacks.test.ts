import { TASK_INSTANCE_STATES, type TaskInstanceState } from "@polyflow/contracts";
import type { AttemptOutcome } from "@polyflow/contracts/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CallbackFacts, decideCallbackEnd, MAX_CALLBACK_LOSSES, RUN_CALLBACK_CAUSES, TASK_CALLBACK_CAUSES } from "./callbacks.ts";
import { RUN_TRANSITIONS } from "./run-transitions.ts";
import { TASK_TRANSITIONS } from "./task-transitions.ts";

const kindOf = (from: TaskInstanceState, to: TaskInstanceState) =>
  TASK_CALLBACK_CAUSES.find((cause) => cause.from === from && cause.to === to)?.kind;

describe("what a change of a task instance calls (A3)", () => {
  test.each([
    ["queued", "running", "execute"],
    ["running", "success", "success"],
    ["running", "failed", "failure"],
    ["running", "up_for_retry", "retry"],
    ["running", "skipped", "skipped"],
    // a mapped task whose source is no list, a fail-fast run, a mark of a user's on what had not ended
    ["none", "failed", "failure"],
    ["restarting", "failed", "failure"],
    ["deferred", "failed", "failure"],
    ["deferred", "success", "success"],
    // never began, so that nothing became of it but what became of others
    ["none", "skipped", undefined],
    ["none", "upstream_failed", undefined],
    ["none", "success", undefined],
    ["deferred", "skipped", undefined],
    // infrastructure lost the attempt: no try is used up
    ["running", "scheduled", undefined],
    // corrections of what is over
    ["failed", "success", undefined],
    ["success", "failed", undefined],
    ["upstream_failed", "failed", undefined],
    ["failed", "none", undefined],
  ] as const)("%s → %s calls %s", (from, to, kind) => expect(kindOf(from, to)).toBe(kind));

  test("each legal end of what was at work calls one function kind, and only legal changes do", () => {
    for (const { from, to } of TASK_CALLBACK_CAUSES)
      expect(TASK_TRANSITIONS.some((rule) => rule.from === from && rule.to === to)).toBe(true);
    for (const to of ["success", "failed", "skipped", "up_for_retry"] as const) expect(kindOf("running", to)).toBeDefined();
    expect(TASK_CALLBACK_CAUSES.filter(({ to }) => !TASK_INSTANCE_STATES.includes(to))).toEqual([]);
  });

  test("I19: a run's end calls success or failure, never both, and a correction of its end neither", () => {
    expect(RUN_CALLBACK_CAUSES.map(({ from, to, kind }) => `${from} ${to} ${kind}`).sort()).toEqual([
      "queued failed failure",
      "queued success success",
      "running failed failure",
      "running success success",
    ]);
    for (const { from, to } of RUN_CALLBACK_CAUSES) expect(RUN_TRANSITIONS.some((rule) => rule.from === from && rule.to === to)).toBe(true);
  });
});

describe("how an attempt at a callback ends (A11, I15)", () => {
  const now = new Date("2026-03-01T00:00:00Z");
  const spec = { retries: 2, retryDelayMs: 30_000 };
  const failed = (reason: "error" | "timeout" | "exit" | "fatal"): AttemptOutcome => ({ kind: "failed", reason, message: "no" });

  test("errors are tried again as often as it says, dead processes as often as losses are made good", () => {
    expect(decideCallbackEnd({ failures: 0, losses: 0, spec }, failed("error"), now)).toEqual({
      to: "scheduled",
      reason: "no",
      dueAt: new Date("2026-03-01T00:00:30Z"),
      isLoss: false,
    });
    expect(decideCallbackEnd({ failures: 2, losses: 0, spec }, failed("timeout"), now)).toEqual({ to: "failed", reason: "no" });
    expect(decideCallbackEnd({ failures: 2, losses: 0, spec }, failed("exit"), now)).toMatchObject({ to: "scheduled", isLoss: true });
    expect(decideCallbackEnd({ failures: 0, losses: MAX_CALLBACK_LOSSES, spec }, failed("exit"), now)).toMatchObject({ to: "failed" });
    expect(decideCallbackEnd({ failures: 0, losses: 0, spec }, failed("fatal"), now)).toMatchObject({ to: "failed" });
    expect(decideCallbackEnd({ failures: 0, losses: 0, spec: undefined }, failed("error"), now)).toMatchObject({ to: "failed" });
    expect(decideCallbackEnd({ failures: 0, losses: 0, spec }, { kind: "rescheduled", afterMs: 1 }, now)).toMatchObject({ to: "failed" });
  });

  test("whatever goes wrong in whatever order, it ends within 1 + retries + losses attempts", () => {
    const outcome = fc.constantFrom(failed("error"), failed("timeout"), failed("exit"));
    const scenario = fc.record({ retries: fc.nat({ max: 5 }), outcomes: fc.array(outcome, { minLength: 12, maxLength: 12 }) });
    fc.assert(
      fc.property(scenario, ({ retries, outcomes }) => {
        let facts: CallbackFacts = { failures: 0, losses: 0, spec: { retries, retryDelayMs: 0 } };
        let attempts = 0;
        for (const each of outcomes) {
          attempts += 1;
          const end = decideCallbackEnd(facts, each, now);
          if (end.to !== "scheduled") break;
          facts = { ...facts, failures: facts.failures + (end.isLoss ? 0 : 1), losses: facts.losses + (end.isLoss ? 1 : 0) };
        }
        expect(attempts).toBeLessThanOrEqual(1 + retries + MAX_CALLBACK_LOSSES);
      }),
    );
  });
});
