import { TASK_INSTANCE_STATES, TRIGGER_RULES, type TaskInstanceState, type TriggerRule } from "@polyflow/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countUpstream, evaluateTriggerRule, ignoresSuccessUntilAllDone } from "./trigger-rules.ts";

const S = "success";
const K = "skipped";
const F = "failed";
const U = "upstream_failed";
const R = "removed";
const N = "none";

/** rule, upstream states, becomes, passed: rows of Airflow's table, one by one. */
const TABLE: readonly (readonly [TriggerRule, readonly TaskInstanceState[], string | undefined, boolean])[] = [
  ["all_success", [S, S], undefined, true],
  ["all_success", [S, "running"], undefined, false],
  ["all_success", [F, N], "upstream_failed", false],
  ["all_success", [U, S], "upstream_failed", false],
  ["all_success", [K, N], "skipped", false],
  ["all_success", [K, F], "upstream_failed", false],
  ["all_success", [S, R], undefined, false],
  ["all_failed", [F, U], undefined, true],
  ["all_failed", [F, N], undefined, false],
  ["all_failed", [S, N], "skipped", false],
  ["all_failed", [K, N], "skipped", false],
  ["all_done", [S, F, K, U, R], undefined, true],
  ["all_done", [S, "up_for_retry"], undefined, false],
  ["all_skipped", [K, K], undefined, true],
  ["all_skipped", [K, N], undefined, false],
  ["all_skipped", [S, N], "skipped", false],
  ["all_skipped", [U, K], "skipped", false],
  ["one_success", [S, N], undefined, true],
  ["one_success", [F, N], undefined, false],
  ["one_success", [K, K], "skipped", false],
  ["one_success", [F, K], "upstream_failed", false],
  ["one_failed", [F, N], undefined, true],
  ["one_failed", [U, N], undefined, true],
  ["one_failed", [S, K], "skipped", false],
  ["one_failed", [S, N], undefined, false],
  ["one_done", [S, N], undefined, true],
  ["one_done", [F, N], undefined, true],
  ["one_done", [K, N], undefined, false],
  ["one_done", [K, U], "skipped", false],
  ["none_failed", [S, K], undefined, true],
  ["none_failed", [K, K], undefined, true],
  ["none_failed", [F, N], "upstream_failed", false],
  ["none_failed", [S, N], undefined, false],
  ["none_failed_min_one_success", [S, K], undefined, true],
  ["none_failed_min_one_success", [K, K], "skipped", false],
  ["none_failed_min_one_success", [U, N], "upstream_failed", false],
  ["none_skipped", [S, F, U], undefined, true],
  ["none_skipped", [S, N], undefined, false],
  ["none_skipped", [K, N], "skipped", false],
  ["all_done_min_one_success", [S, F], undefined, true],
  ["all_done_min_one_success", [S, N], undefined, false],
  ["all_done_min_one_success", [K, S], "skipped", false],
  ["all_done_min_one_success", [F, U], "upstream_failed", false],
  ["all_done_min_one_success", [F, N], undefined, false],
  ["all_done_setup_success", [F, S], undefined, true],
  ["all_done_setup_success", [F, N], undefined, false],
  ["always", [N, F], undefined, true],
];

describe("trigger rules (A3, Airflow's table)", () => {
  it.each(TABLE)("%s of %j: becomes %s, passes %s", (rule, states, becomes, passed) => {
    const result = evaluateTriggerRule(rule, countUpstream(states));
    expect(result.becomes).toBe(becomes);
    expect(result.passed).toBe(passed);
  });

  it("has a row for each rule", () => {
    expect(new Set(TABLE.map(([rule]) => rule))).toEqual(new Set(TRIGGER_RULES));
  });

  it("removed instances do not count for mapped tasks, and an index beyond the successes is removed", () => {
    const counts = countUpstream([S, R]);
    expect(evaluateTriggerRule("all_success", counts, { mapIndex: 0 })).toMatchObject({ passed: true, becomes: undefined });
    expect(evaluateTriggerRule("all_success", counts, { mapIndex: 1 })).toMatchObject({ passed: false, becomes: "removed" });
  });

  it("a teardown follows its setups", () => {
    const counts = countUpstream([S, K, F]);
    const withSetups = (success: number, skipped: number) =>
      evaluateTriggerRule("all_done_setup_success", { ...counts, setups: { total: 1, success, skipped } });
    expect(withSetups(1, 0)).toMatchObject({ passed: true });
    expect(withSetups(0, 1)).toMatchObject({ becomes: "skipped" });
    expect(withSetups(0, 0)).toMatchObject({ becomes: "upstream_failed" });
  });

  it("explains itself", () => {
    expect(evaluateTriggerRule("all_success", countUpstream([S, F, N])).reason).toBe(
      "all_success wants that all upstream tasks succeed: 3 upstream, 1 success, 1 failed, 1 not finished.",
    );
  });

  it("never sets a state and passes at once; a task without upstream passes; more facts never undo a passed all-rule", () => {
    const states = fc.array(fc.constantFrom(...TASK_INSTANCE_STATES), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...TRIGGER_RULES), states, (rule, upstream) => {
        const result = evaluateTriggerRule(rule, countUpstream(upstream));
        if (upstream.length === 0) expect(result.passed).toBe(true);
        if (result.becomes !== undefined) expect(result.passed).toBe(false);
      }),
    );
  });

  it("decides once all upstream has finished, except where removed instances stand in the way", () => {
    const finished = fc.array(fc.constantFrom<TaskInstanceState>(S, K, F, U), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...TRIGGER_RULES), finished, (rule, upstream) => {
        const result = evaluateTriggerRule(rule, countUpstream(upstream));
        expect(result.passed || result.becomes !== undefined).toBe(true);
      }),
    );
  });

  it("a success among unfinished tasks changes nothing where ignoresSuccessUntilAllDone says so", () => {
    const states = fc.array(fc.constantFrom(...TASK_INSTANCE_STATES), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...TRIGGER_RULES.filter(ignoresSuccessUntilAllDone)), states, (rule, others) => {
        const before = evaluateTriggerRule(rule, countUpstream([...others, N, N]));
        const after = evaluateTriggerRule(rule, countUpstream([...others, N, S]));
        expect([after.passed, after.becomes]).toEqual([before.passed, before.becomes]);
      }),
    );
  });
});
