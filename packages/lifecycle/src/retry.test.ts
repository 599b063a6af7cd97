import fc from "fast-check";
import type { TaskSpec } from "@polyflow/contracts";
import { plainTask, type TaskChanges } from "@polyflow/contracts/testing";
import { describe, expect, it } from "vitest";
import { decideLostAttempt } from "./lost-attempt.ts";
import { type AttemptFacts, decideAttemptEnd, retryDelayMs } from "./retry.ts";

const now = new Date("2024-01-01T00:00:00Z");

function task(given: TaskChanges = {}): TaskSpec {
  return plainTask("load", { retries: 2, retryDelayMs: 60_000, ...given });
}

function facts(tryNumber: number, given: TaskChanges = {}): AttemptFacts {
  const identity = { dagId: "d", runId: "r", taskId: "load", mapIndex: -1, tryNumber };
  return { ...identity, maxTries: 2, tryStartedAt: now, spec: { tasks: [task(given)] } };
}

describe("decideAttemptEnd (A3 retries)", () => {
  it.each(["error", "timeout", "exit"] as const)("%s is retried after the delay while tries are left", (reason) => {
    const outcome = { kind: "failed", reason, message: "no answer" } as const;
    expect(decideAttemptEnd(facts(1), outcome, now)).toEqual({
      to: "up_for_retry",
      reason: "no answer",
      nextRetryAt: new Date("2024-01-01T00:01:00Z"),
    });
    expect(decideAttemptEnd(facts(2), outcome, now).to).toBe("up_for_retry");
    expect(decideAttemptEnd(facts(3), outcome, now)).toEqual({ to: "failed", reason: "no answer" });
  });

  it("fatal is never retried", () => {
    expect(decideAttemptEnd(facts(1), { kind: "failed", reason: "fatal", message: "wrong file" }, now)).toEqual({
      to: "failed",
      reason: "wrong file",
    });
  });

  it("success carries the output, skipped its reason", () => {
    expect(decideAttemptEnd(facts(1), { kind: "success", output: { rows: 3 } }, now)).toEqual({ to: "success", output: { rows: 3 } });
    expect(decideAttemptEnd(facts(1), { kind: "success" }, now)).toEqual({ to: "success", output: undefined });
    expect(decideAttemptEnd(facts(1), { kind: "skipped", reason: "empty" }, now)).toEqual({ to: "skipped", reason: "empty" });
    expect(decideAttemptEnd(facts(1), { kind: "skipped" }, now)).toEqual({ to: "skipped", reason: null });
  });

  it("a task that its version does not know fails instead of waiting for ever", () => {
    const unknown = { ...facts(1), taskId: "other" };
    expect(decideAttemptEnd(unknown, { kind: "failed", reason: "error", message: "x" }, now).to).toBe("failed");
  });

  it("keeps reasons short", () => {
    const end = decideAttemptEnd(facts(3), { kind: "failed", reason: "error", message: "x".repeat(10_000) }, now);
    expect(end.to === "failed" && end.reason.length).toBe(2000);
  });
});

describe("bounds of retries (I15)", () => {
  it("whatever attempts come to, a task is tried at most once more than it has retries, and waits cost no try (property)", () => {
    const outcomes = fc.array(fc.constantFrom("error", "timeout", "fatal", "rescheduled", "success"), { minLength: 80, maxLength: 80 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), outcomes, (maxTries, sequence) => {
        let tryNumber = 1;
        for (const kind of sequence) {
          const outcome =
            kind === "success"
              ? ({ kind } as const)
              : kind === "rescheduled"
                ? ({ kind, afterMs: 5 } as const)
                : ({ kind: "failed", reason: kind, message: "x" } as const);
          const end = decideAttemptEnd({ ...facts(tryNumber), maxTries }, outcome, now);
          if (end.to === "up_for_retry") tryNumber += 1;
          else if (end.to !== "up_for_reschedule") break;
        }
        expect(tryNumber).toBeLessThanOrEqual(maxTries + 1);
      }),
    );
  });
});

describe("retryDelayMs", () => {
  const identity = fc.record({
    dagId: fc.string(),
    runId: fc.string(),
    taskId: fc.string(),
    mapIndex: fc.integer({ min: -1, max: 99 }),
    tryNumber: fc.integer({ min: 1, max: 2000 }),
  });

  it("exponential: between m and 2m, the same for the same attempt, never beyond the limits", () => {
    fc.assert(
      fc.property(
        identity,
        fc.integer({ min: 0, max: 3_600_000 }),
        fc.constantFrom(1, 1.5, 2, 3),
        fc.option(fc.integer({ min: 1, max: 600_000 })),
        (attempt, delay, backoff, max) => {
          const spec = task({ retryDelayMs: delay, retryBackoff: backoff, ...(max === null ? {} : { maxRetryDelayMs: max }) });
          const result = retryDelayMs(spec, attempt);
          const base = Math.max(1, Math.ceil(delay === 0 ? 0 : Math.min(delay * backoff ** (attempt.tryNumber - 1), 86_400_000)));
          const limit = Math.min(max ?? 86_400_000, 86_400_000);
          expect(result).toBeGreaterThanOrEqual(Math.min(base, limit));
          expect(result).toBeLessThanOrEqual(Math.min(2 * base, limit));
          expect(retryDelayMs(spec, attempt)).toBe(result);
        },
      ),
    );
  });

  it("spreads tasks that failed together", () => {
    const spec = task({ retryBackoff: 2 });
    const delays = Array.from({ length: 1000 }, (_, mapIndex) =>
      retryDelayMs(spec, { dagId: "d", runId: "r", taskId: "load", mapIndex, tryNumber: 1 }),
    );
    for (let part = 0; part < 10; part++) {
      const inPart = delays.filter((delay) => delay >= 60_000 + part * 6000 && delay < 66_000 + part * 6000).length;
      expect(inPart).toBeGreaterThan(60);
    }
  });
});

describe("decideLostAttempt (A14)", () => {
  it("starts again up to the limit, then gives up, and says so", () => {
    expect(decideLostAttempt({ taskId: "load", tryNumber: 1, losses: 0, workerHasLeft: false })).toMatchObject({ to: "scheduled" });
    expect(decideLostAttempt({ taskId: "load", tryNumber: 3, losses: 2, workerHasLeft: false }).reason).toContain("loss 3 of at most 3");
    const last = decideLostAttempt({ taskId: "load", tryNumber: 4, losses: 3, workerHasLeft: false, worker: "w1" });
    expect(last.to).toBe("failed");
    expect(last.reason).toContain('worker "w1", the 4th loss');
    expect(decideLostAttempt({ taskId: "load", tryNumber: 1, losses: 0, workerHasLeft: false }, 0).to).toBe("failed");
  });

  it("an orderly stop of a worker is no loss, however many came before", () => {
    const decision = decideLostAttempt({ taskId: "load", tryNumber: 4, losses: 3, workerHasLeft: true, worker: "w1" });
    expect(decision.to).toBe("scheduled");
    expect(decision.reason).toContain('worker "w1" was stopped');
  });
});
