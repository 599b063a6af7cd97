import type { DagRunState, TaskInstanceState, TriggerRule } from "@polyflow/contracts";
import type { TaskDependencies } from "./dependencies.ts";
import type { GateResult } from "./gate-result.ts";
import { evaluateDependsOnPast, evaluateWaitForDownstream, type PastOfTask } from "./past-dependency.ts";
import { SLOT_HOLDING_STATES } from "./task-transitions.ts";
import { evaluateTriggerRule, type UpstreamCounts } from "./trigger-rules.ts";

/** Task instances of one task in one run that hold slots of a pool. */
export interface PoolHolder {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly slots: number;
}

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
    /** Name of its pool, whether there is one or not. */
    readonly pool?: string;
    readonly poolSlots: number;
    readonly nextRetryAt: Date | null;
    readonly dependsOnPast: boolean;
    readonly ignoreFirstDependsOnPast?: boolean;
    readonly maxActivePerDag?: number | undefined;
    readonly maxActivePerRun?: number | undefined;
    /** Active instances of the task, in all runs of the DAG and in this run. Default 0. */
    readonly activeOfDag?: number;
    readonly activeOfRun?: number;
  };
  readonly upstream: UpstreamCounts;
  /** What branches, setups and the trigger rule say together; left out where there are only upstream tasks to count. */
  readonly dependencies?: TaskDependencies;
  /** What became of the task in the previous run; undefined when there was none. */
  readonly past: PastOfTask | undefined;
  /** What became of the tasks after it in the previous run; undefined when it does not matter. */
  readonly pastOfDownstream?: readonly (PastOfTask & { readonly taskId: string })[] | undefined;
  /** Undefined when no pool of the task's name exists. */
  readonly pool:
    | {
        readonly name: string;
        readonly slots: number;
        readonly occupied: number;
        /** Who holds slots, those who hold most first; may be cut short. */
        readonly holders?: readonly PoolHolder[];
      }
    | undefined;
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

/** What is queued or at work is among those that take up slots and limits: it is not held back by itself. */
const hasItsPlace = ({ state }: WaitingFacts["task"]): boolean => SLOT_HOLDING_STATES.includes(state);

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
    gate: "previously_skipped",
    evaluate: ({ dependencies }) =>
      dependencies?.gate === "previously_skipped" ? hold(dependencies.reason) : pass("No task before it has decided that it is skipped."),
  },
  {
    gate: "setups",
    evaluate: ({ dependencies }) =>
      dependencies?.gate === "setups" ? hold(dependencies.reason) : pass("The setups that it needs have succeeded, or there are none."),
  },
  {
    gate: "trigger_rule",
    evaluate: ({ task, upstream, dependencies }) =>
      dependencies?.gate === "trigger_rule" || dependencies === undefined
        ? (dependencies ?? evaluateTriggerRule(task.triggerRule, upstream, { mapIndex: task.mapIndex }))
        : evaluateTriggerRule(task.triggerRule, upstream, { mapIndex: task.mapIndex }),
  },
  {
    gate: "depends_on_past",
    evaluate: ({ task, past }) =>
      task.dependsOnPast
        ? evaluateDependsOnPast(past, { ignoreFirst: task.ignoreFirstDependsOnPast ?? true })
        : pass("The task does not depend on its past."),
  },
  {
    gate: "wait_for_downstream",
    evaluate: ({ pastOfDownstream }) =>
      pastOfDownstream === undefined
        ? pass("The task does not wait for tasks after it in the previous run.")
        : evaluateWaitForDownstream(pastOfDownstream),
  },
  {
    gate: "retry_wait",
    evaluate({ task, now }) {
      if (task.state !== "up_for_retry" || task.nextRetryAt === null || task.nextRetryAt <= now) return pass("No retry is waited for.");
      return hold(`The next try begins at ${task.nextRetryAt.toISOString()}.`);
    },
  },
  {
    gate: "wait",
    evaluate({ task, now }) {
      const wakesAt = task.nextRetryAt?.toISOString();
      if (task.state === "deferred")
        return hold(`It is deferred until what it waits for is there${wakesAt === undefined ? "" : `, at the latest until ${wakesAt}`}.`);
      if (task.state !== "up_for_reschedule" || task.nextRetryAt === null || task.nextRetryAt <= now)
        return pass("It waits for nothing outside.");
      return hold(`What it waits for was not there; it looks again at ${wakesAt}.`);
    },
  },
  {
    gate: "pool_slots",
    evaluate({ pool, task }) {
      if (hasItsPlace(task)) return pass("The task has its slots already.");
      if (pool === undefined) {
        const named = task.pool === undefined ? "The task's pool" : `Pool "${task.pool}"`;
        return hold(`${named} does not exist. Create it (\`polyflow pools set\`), or name another in the DAG.`);
      }
      if (pool.slots < 0) return pass(`Pool "${pool.name}" has no limit.`);
      if (task.poolSlots > pool.slots)
        return hold(
          `The task needs ${slots(task.poolSlots)}, pool "${pool.name}" has ${pool.slots} in all: it will not run until the pool gets more.`,
        );
      const free = pool.slots - pool.occupied;
      if (task.poolSlots <= free) return pass(`Pool "${pool.name}" has ${free} of ${pool.slots} slots free.`);
      const needs = `The task needs ${slots(task.poolSlots)}, pool "${pool.name}" has ${Math.max(0, free)} of ${pool.slots} free.`;
      return hold(`${needs}${heldBy(pool.holders ?? [])}`);
    },
  },
  {
    gate: "task_limits",
    evaluate({ task }) {
      const { maxActivePerDag, maxActivePerRun, activeOfDag = 0, activeOfRun = 0 } = task;
      if (hasItsPlace(task)) return pass("The task is active and counted already.");
      if (maxActivePerRun !== undefined && activeOfRun >= maxActivePerRun)
        return hold(`${activeOfRun} instances of the task are active in the run; it allows ${maxActivePerRun} (maxActivePerRun).`);
      if (maxActivePerDag !== undefined && activeOfDag >= maxActivePerDag)
        return hold(`${activeOfDag} instances of the task are active in all runs; it allows ${maxActivePerDag} (maxActivePerDag).`);
      return pass("The task has no limit of its own, or is below it.");
    },
  },
  {
    gate: "max_active_tasks",
    evaluate: ({ dag, run, task }) =>
      run.activeTasks < dag.maxActiveTasks || hasItsPlace(task)
        ? pass(`${run.activeTasks} of at most ${dag.maxActiveTasks} tasks of the run are active.`)
        : hold(`${run.activeTasks} tasks of the run are active; the DAG allows ${dag.maxActiveTasks}.`),
  },
  {
    gate: "parallelism",
    evaluate: ({ installation: { active, parallelism }, task }) =>
      active < parallelism || hasItsPlace(task)
        ? pass(`${active} of at most ${parallelism} tasks are active.`)
        : hold(`${active} tasks are active; the installation allows ${parallelism}.`),
  },
];

function slots(count: number): string {
  return `${count} ${count === 1 ? "slot" : "slots"}`;
}

function heldBy(holders: readonly PoolHolder[]): string {
  if (holders.length === 0) return "";
  const names = holders.map(({ dagId, runId, taskId, slots }) => `${dagId}.${taskId} of run ${runId} (${slots})`);
  return ` They are held by ${names.join(", ")}.`;
}

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
