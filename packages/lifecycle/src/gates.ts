import type { DagRunState, TaskInstanceState, TriggerRule } from "@polyflow/contracts";
import type { GateResult } from "./gate-result.ts";
import { evaluateDependsOnPast, type PastOfTask } from "./past-dependency.ts";
import { evaluateTriggerRule, type UpstreamCounts } from "./trigger-rules.ts";

/** All that can hold a task instance back, gathered when somebody asks why it does not run. */
export interface WaitingFacts {
  readonly dag: {
    readonly dagId: string;
    readonly isPaused: boolean;
    readonly isActive: boolean;
    readonly maxActiveRuns: number;
    readonly maxActiveTasks: number;
  };
  readonly run: { readonly state: DagRunState; readonly activeRunsOfDag: number; readonly activeTasks: number };
  readonly task: {
    readonly state: TaskInstanceState;
    readonly triggerRule: TriggerRule;
    readonly mapIndex: number;
    readonly poolSlots: number;
    readonly nextRetryAt: Date | null;
    readonly dependsOnPast: boolean;
    readonly ignoreFirstDependsOnPast?: boolean;
  };
  readonly upstream: UpstreamCounts;
  /** What became of the task in the previous run; undefined when there was none. */
  readonly past: PastOfTask | undefined;
  /** Undefined when no pool of the task's name exists. */
  readonly pool: { readonly name: string; readonly slots: number; readonly occupied: number } | undefined;
  readonly installation: { readonly parallelism: number; readonly active: number };
  readonly now: Date;
}

/** One reason that can hold a task instance back. */
export interface Gate {
  readonly gate: string;
  readonly evaluate: (facts: WaitingFacts) => Omit<GateResult, "gate">;
}

const pass = (reason: string): Omit<GateResult, "gate"> => ({ passed: true, reason });
const hold = (reason: string): Omit<GateResult, "gate"> => ({ passed: false, reason });

/** All gates, in the order in which a task instance comes to them. */
export const GATES: readonly Gate[] = [
  {
    gate: "dag_active",
    evaluate: ({ dag }) =>
      dag.isActive ? pass("The DAG's file exists.") : hold(`The file of "${dag.dagId}" is gone or can no longer be read.`),
  },
  {
    gate: "dag_paused",
    evaluate: ({ dag }) =>
      dag.isPaused ? hold(`DAG "${dag.dagId}" is paused. Unpause it to let its tasks run.`) : pass("The DAG is not paused."),
  },
  {
    gate: "run_running",
    evaluate({ dag, run }) {
      if (run.state === "running") return pass("The run is running.");
      if (run.state !== "queued") return hold(`The run has ended (${run.state}).`);
      return hold(`The run waits to be started: ${run.activeRunsOfDag} of at most ${dag.maxActiveRuns} runs of the DAG are running.`);
    },
  },
  {
    gate: "trigger_rule",
    evaluate: ({ task, upstream }) => evaluateTriggerRule(task.triggerRule, upstream, { mapIndex: task.mapIndex }),
  },
  {
    gate: "depends_on_past",
    evaluate: ({ task, past }) =>
      task.dependsOnPast
        ? evaluateDependsOnPast(past, { ignoreFirst: task.ignoreFirstDependsOnPast ?? true })
        : pass("The task does not depend on its past."),
  },
  {
    gate: "retry_wait",
    evaluate({ task, now }) {
      if (task.state !== "up_for_retry" || task.nextRetryAt === null || task.nextRetryAt <= now) return pass("No retry is waited for.");
      return hold(`The next try begins at ${task.nextRetryAt.toISOString()}.`);
    },
  },
  {
    gate: "pool_slots",
    evaluate({ pool, task }) {
      if (pool === undefined) return hold("The task's pool does not exist. Create it, or name another in the DAG.");
      if (pool.slots < 0) return pass(`Pool "${pool.name}" has no limit.`);
      if (task.poolSlots > pool.slots)
        return hold(`The task needs ${task.poolSlots} slots, pool "${pool.name}" has ${pool.slots} in all: it will never run.`);
      const free = pool.slots - pool.occupied;
      if (task.poolSlots <= free) return pass(`Pool "${pool.name}" has ${free} of ${pool.slots} slots free.`);
      return hold(`The task needs ${task.poolSlots} slots, pool "${pool.name}" has ${Math.max(0, free)} of ${pool.slots} free.`);
    },
  },
  {
    gate: "max_active_tasks",
    evaluate: ({ dag, run }) =>
      run.activeTasks < dag.maxActiveTasks
        ? pass(`${run.activeTasks} of at most ${dag.maxActiveTasks} tasks of the run are active.`)
        : hold(`${run.activeTasks} tasks of the run are active; the DAG allows ${dag.maxActiveTasks}.`),
  },
  {
    gate: "parallelism",
    evaluate: ({ installation: { active, parallelism } }) =>
      active < parallelism
        ? pass(`${active} of at most ${parallelism} tasks are active.`)
        : hold(`${active} tasks are active; the installation allows ${parallelism}.`),
  },
];

/**
 * Why a task instance does not run: the answer of every gate, so that the interface shows the reasons as they are.
 * @example explainWaiting(facts).filter((result) => !result.passed).map((result) => result.reason)
 */
export function explainWaiting(facts: WaitingFacts): readonly GateResult[] {
  return GATES.map(({ gate, evaluate }) => {
    const { passed, reason } = evaluate(facts);
    return { gate, passed, reason };
  });
}
