import type { TaskInstanceState, TriggerRule } from "@polyflow/contracts";
import type { GateResult } from "./gate-result.ts";

/** How many upstream task instances there are, and in which final states; setup tasks among them counted a second time. */
export interface UpstreamCounts {
  readonly total: number;
  readonly success: number;
  readonly skipped: number;
  readonly failed: number;
  readonly upstreamFailed: number;
  readonly removed: number;
  readonly setups?: { readonly total: number; readonly success: number; readonly skipped: number };
}

/** A state that a trigger rule gives to a task that will not run. */
export type SkippingState = "skipped" | "upstream_failed" | "removed";

/** Whether a task may run, and, evaluated on its own, which state it gets because it never will. */
export interface TriggerRuleResult extends GateResult {
  readonly gate: "trigger_rule";
  readonly becomes: SkippingState | undefined;
}

export interface TriggerRuleOptions {
  /** Index of the task instance if its task is mapped: then upstream instances that were removed do not count. */
  readonly mapIndex?: number;
}

type RuleCounts = UpstreamCounts & {
  readonly done: boolean;
  /** Upstream instances that are to be reckoned with: all, less the removed ones of mapped tasks. */
  readonly expected: number;
  readonly broken: number;
  readonly mapIndex: number;
};

interface RuleMeaning {
  readonly becomes: (counts: RuleCounts) => SkippingState | undefined;
  readonly passes: (counts: RuleCounts) => boolean;
  readonly demand: string;
}

const noState = (): undefined => undefined;
const noneFailedPasses = (c: RuleCounts): boolean => c.expected - c.success - c.skipped <= 0;

/** Airflow's table: which state is set, and independently of it when the dependency is met. */
const RULES: { readonly [rule in TriggerRule]: RuleMeaning } = {
  all_success: {
    becomes(c) {
      if (c.broken > 0) return "upstream_failed";
      if (c.skipped > 0) return "skipped";
      return c.removed > 0 && c.success > 0 && c.mapIndex > -1 && c.mapIndex >= c.success ? "removed" : undefined;
    },
    passes: (c) => c.expected - c.success <= 0,
    demand: "all upstream tasks succeed",
  },
  all_failed: {
    becomes: (c) => (c.success > 0 || c.skipped > 0 ? "skipped" : undefined),
    passes: (c) => c.expected - c.failed - c.upstreamFailed <= 0,
    demand: "all upstream tasks fail",
  },
  all_done: { becomes: noState, passes: (c) => c.done, demand: "all upstream tasks are done" },
  all_skipped: {
    becomes: (c) => (c.success > 0 || c.broken > 0 ? "skipped" : undefined),
    passes: (c) => c.total - c.skipped <= 0,
    demand: "all upstream tasks are skipped",
  },
  one_success: {
    becomes(c) {
      if (!c.done || c.success > 0) return undefined;
      return c.skipped >= c.total ? "skipped" : "upstream_failed";
    },
    passes: (c) => c.success > 0,
    demand: "one upstream task succeeds",
  },
  one_failed: {
    becomes: (c) => (c.done && c.broken === 0 ? "skipped" : undefined),
    passes: (c) => c.broken > 0,
    demand: "one upstream task fails",
  },
  one_done: {
    becomes: (c) => (c.done && c.failed === 0 && c.success === 0 ? "skipped" : undefined),
    passes: (c) => c.success + c.failed > 0,
    demand: "one upstream task succeeds or fails",
  },
  none_failed: {
    becomes: (c) => (c.broken > 0 ? "upstream_failed" : undefined),
    passes: noneFailedPasses,
    demand: "no upstream task fails",
  },
  none_failed_min_one_success: {
    becomes(c) {
      if (c.broken > 0) return "upstream_failed";
      return c.skipped === c.total ? "skipped" : undefined;
    },
    passes: noneFailedPasses,
    demand: "no upstream task fails and one succeeds",
  },
  none_skipped: {
    becomes: (c) => (c.skipped > 0 ? "skipped" : undefined),
    passes: (c) => c.done && c.skipped === 0,
    demand: "no upstream task is skipped",
  },
  all_done_min_one_success: {
    becomes(c) {
      if (c.skipped > 0) return "skipped";
      return c.success + c.broken + c.removed >= c.total - c.skipped && c.success === 0 ? "upstream_failed" : undefined;
    },
    passes: (c) => c.skipped === 0 && c.expected - c.success - c.broken <= 0 && c.success > 0,
    demand: "all upstream tasks are done, none skipped and one successful",
  },
  all_done_setup_success: {
    becomes(c) {
      if (!c.done || c.setups === undefined || c.setups.total === 0) return undefined;
      if (c.setups.skipped >= c.setups.total) return "skipped";
      return c.setups.success === 0 ? "upstream_failed" : undefined;
    },
    passes: (c) => c.done && (c.setups === undefined || c.setups.total === 0 || c.setups.success > 0),
    demand: "all upstream tasks are done and a setup succeeds",
  },
  always: { becomes: noState, passes: () => true, demand: "nothing" },
};

/**
 * Evaluates a trigger rule over the states of the upstream task instances. A task without upstream always passes.
 * `becomes` and `passed` are two separate readings of the same counts; where a state is set, the task must not be scheduled.
 * @example
 * evaluateTriggerRule("all_success", countUpstream(["success", "failed"]));
 * // { gate: "trigger_rule", passed: false, becomes: "upstream_failed", reason: "all_success wants that …: 2 upstream, 1 success, 1 failed." }
 */
export function evaluateTriggerRule(rule: TriggerRule, counts: UpstreamCounts, options: TriggerRuleOptions = {}): TriggerRuleResult {
  if (counts.total === 0 || rule === "always") {
    const reason = counts.total === 0 ? "The task has no upstream tasks." : "always runs whatever became of the upstream tasks.";
    return { gate: "trigger_rule", passed: true, becomes: undefined, reason };
  }
  const mapIndex = options.mapIndex ?? -1;
  const broken = counts.failed + counts.upstreamFailed;
  const finished = counts.success + counts.skipped + broken + counts.removed;
  const ruleCounts: RuleCounts = {
    ...counts,
    mapIndex,
    broken,
    done: finished >= counts.total,
    expected: mapIndex > -1 ? counts.total - counts.removed : counts.total,
  };
  const meaning = RULES[rule];
  const becomes = meaning.becomes(ruleCounts);
  const reason = `${rule} wants that ${meaning.demand}: ${describeCounts(counts, finished)}.`;
  return { gate: "trigger_rule", passed: becomes === undefined && meaning.passes(ruleCounts), becomes, reason };
}

function describeCounts(counts: UpstreamCounts, finished: number): string {
  const parts = [`${counts.total} upstream`];
  const add = (count: number, name: string): void => {
    if (count > 0) parts.push(`${count} ${name}`);
  };
  add(counts.success, "success");
  add(counts.skipped, "skipped");
  add(counts.failed, "failed");
  add(counts.upstreamFailed, "upstream_failed");
  add(counts.removed, "removed");
  add(counts.total - finished, "not finished");
  return parts.join(", ");
}

/** Rules that a single success can decide while others are not finished. */
const DECIDED_BY_ONE_SUCCESS: readonly TriggerRule[] = ["one_success", "one_done", "all_failed", "all_skipped", "always"];

/**
 * Whether one more success changes nothing as long as any other upstream task is unfinished. Then a task that waits for thousands need not
 * be looked at for each of them.
 */
export function ignoresSuccessUntilAllDone(rule: TriggerRule): boolean {
  return !DECIDED_BY_ONE_SUCCESS.includes(rule);
}

/** Task instances of an upstream task that are in the same state. */
export interface UpstreamState {
  readonly state: TaskInstanceState;
  /** How many; default 1. */
  readonly count?: number | undefined;
  readonly isSetup?: boolean;
}

/** Counts the states of upstream task instances. */
export function countUpstream(states: Iterable<TaskInstanceState | UpstreamState>): UpstreamCounts {
  const counts = { total: 0, success: 0, skipped: 0, failed: 0, upstreamFailed: 0, removed: 0 };
  const setups = { total: 0, success: 0, skipped: 0 };
  for (const item of states) {
    const { state, count = 1, isSetup = false } = typeof item === "string" ? { state: item } : item;
    counts.total += count;
    if (state === "success" || state === "skipped" || state === "failed" || state === "removed") counts[state] += count;
    else if (state === "upstream_failed") counts.upstreamFailed += count;
    if (!isSetup) continue;
    setups.total += count;
    if (state === "success" || state === "skipped") setups[state] += count;
  }
  return setups.total === 0 ? counts : { ...counts, setups };
}
