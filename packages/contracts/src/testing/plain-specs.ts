import type { DagSpec, TaskSpec } from "../dag-spec.ts";

/** What of a task is laid over the plain one. */
export type TaskChanges = Partial<Omit<TaskSpec, "taskId">>;

/** What of a DAG is laid over the plain one. */
export type DagChanges = Partial<Omit<DagSpec, "dagId" | "tasks">>;

/**
 * A task for tests: of no retries, in the default pool, after all its upstream succeeded.
 * @param given what the test is about.
 * @example plainTask("load", { upstream: ["extract"], retries: 2 });
 */
export function plainTask(taskId: string, given: TaskChanges = {}): TaskSpec {
  return {
    taskId,
    operator: "function",
    upstream: [],
    inputs: {},
    details: {},
    triggerRule: "all_success",
    retries: 0,
    retryDelayMs: 0,
    retryBackoff: 0,
    pool: "default_pool",
    poolSlots: 1,
    priorityWeight: 1,
    queue: "default",
    dependsOnPast: false,
    owner: "tests",
    ...given,
  };
}

/**
 * A DAG for tests: without a schedule, unpaused, each task in a process of its own.
 * @param given what the test is about.
 * @example plainDag("sales", [plainTask("extract")], { failFast: true });
 */
export function plainDag(dagId: string, tasks: readonly TaskSpec[], given: DagChanges = {}): DagSpec {
  return {
    format: 1,
    dagId,
    owners: [],
    tags: [],
    schedule: { kind: "none" },
    catchup: false,
    maxActiveRuns: 16,
    maxActiveTasks: 16,
    failFast: false,
    isPausedUponCreation: false,
    isolation: "process",
    params: {},
    tasks,
    ...given,
  };
}
