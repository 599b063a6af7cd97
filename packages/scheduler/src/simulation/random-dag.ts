import { type DagSpec, type ScheduleSpec, type TaskSpec, TRIGGER_RULES } from "@polyflow/contracts";
import { type DagChanges, plainDag, plainTask, type TaskChanges } from "@polyflow/contracts/testing";
import type { SeededRandom } from "./seeded-random.ts";

export interface RandomDagOptions {
  readonly maxTasks: number;
  readonly startMs: number;
  /** How long before `startMs` it begins, at most. */
  readonly pastMs: number;
  /** How long after `startMs` its schedule ends. */
  readonly endMs: number;
}

/** A task for tests; what is not given has a plain value. */
export function taskSpec(taskId: string, given: TaskChanges = {}): TaskSpec {
  return plainTask(taskId, { retryDelayMs: 1_000, ...given });
}

/** A DAG for tests; what is not given has a plain value. */
export function dagSpec(dagId: string, tasks: readonly TaskSpec[], given: DagChanges = {}): DagSpec {
  return plainDag(dagId, tasks, given);
}

/**
 * A DAG of which half the tasks depend on their past, and in which nothing can fail unless a task does: so no run is held for good where all
 * tasks succeed or skip.
 */
export function randomPastDag(random: SeededRandom, dagId: string, options: RandomDagOptions): DagSpec {
  const { runTimeoutMs: _none, ...dag } = randomDag(random, dagId, options);
  const tasks = dag.tasks.map((task) => ({
    ...task,
    dependsOnPast: random.chance(0.5),
    triggerRule: random.pick(["all_success", "all_done", "none_failed"] as const),
  }));
  return { ...dag, tasks, failFast: false };
}

/** A DAG of up to `maxTasks` tasks with any trigger rules, limits and schedule. */
export function randomDag(random: SeededRandom, dagId: string, options: RandomDagOptions): DagSpec {
  const tasks: TaskSpec[] = [];
  const count = 1 + random.int(options.maxTasks);
  for (let index = 0; index < count; index++) {
    const upstream = tasks.filter(() => random.chance(2 / (index + 1))).map((task) => task.taskId);
    tasks.push(
      taskSpec(`t${index}`, {
        upstream: upstream.toSorted(),
        triggerRule: random.chance(0.5) ? "all_success" : random.pick(TRIGGER_RULES),
        retries: random.int(3),
        retryBackoff: random.pick([0, 2]),
        pool: random.chance(0.3) ? "small" : "default_pool",
        poolSlots: 1 + random.int(2),
        priorityWeight: random.int(5),
      }),
    );
  }
  const schedule = random.pick<ScheduleSpec>([
    { kind: "none" },
    { kind: "once" },
    { kind: "interval", everyMs: 20_000 },
    { kind: "cron", expressions: ["* * * * * */30"], timezone: "UTC" },
  ]);
  return dagSpec(dagId, tasks, {
    schedule,
    startDate: new Date(options.startMs - random.int(options.pastMs)).toISOString(),
    endDate: new Date(options.startMs + options.endMs).toISOString(),
    catchup: random.chance(0.5),
    maxActiveRuns: 1 + random.int(3),
    maxActiveTasks: 1 + random.int(4),
    failFast: random.chance(0.2),
    ...(random.chance(0.1) ? { runTimeoutMs: 15_000 } : {}),
  });
}
