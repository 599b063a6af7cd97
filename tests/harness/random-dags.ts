import type { DagSpec, TaskInstanceState, TaskSpec } from "@polyflow/contracts";
import { type DagChanges, plainDag, plainTask, type TaskChanges } from "@polyflow/contracts/testing";
import type { TaskBody } from "./task-body.ts";

const RULES = ["all_success", "all_success", "all_done", "none_failed"] as const;

/** Numbers in [0, 1) that a seed fixes (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a task does is in its name: `t3-failed`, `t4-failsOnce`, so that it is the same in whatever order things happen. */
export const bodyByName: TaskBody = (taskId, tryNumber) => {
  if (taskId.endsWith("-failsOnce")) return tryNumber === 1 ? "failed" : "success";
  if (taskId.endsWith("-failed")) return "failed";
  return taskId.endsWith("-skipped") ? "skipped" : "success";
};

export function randomDag(random: () => number, dagId: string): DagSpec {
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item => items[Math.floor(random() * items.length)] ?? items[0];
  const tasks: TaskSpec[] = [];
  const count = 1 + Math.floor(random() * 6);
  for (let index = 0; index < count; index++) {
    const upstream = tasks.filter(() => random() < 1.5 / (index + 1)).map((task) => task.taskId);
    const kind = pick(["success", "success", "success", "failsOnce", "failed", "skipped"]);
    const retries = kind === "failsOnce" ? 1 : Math.floor(random() * 2);
    tasks.push(taskSpec(`t${index}-${kind}`, { upstream: upstream.toSorted(), triggerRule: pick(RULES), retries }));
  }
  return dagSpec(dagId, tasks);
}

/** A task for tests; what is not given has a plain value. */
export function taskSpec(taskId: string, given: TaskChanges = {}): TaskSpec {
  return plainTask(taskId, { retryDelayMs: 30, ...given });
}

/** A DAG for tests; what is not given has a plain value. */
export function dagSpec(dagId: string, tasks: readonly TaskSpec[], given: DagChanges = {}): DagSpec {
  return plainDag(dagId, tasks, { isolation: "reuse", ...given });
}

type States = { readonly [taskId: string]: TaskInstanceState };

/** What is wrong with the end of a run, by the states of its tasks; written down anew here, so that it can contradict the scheduler. */
export function endViolations(spec: DagSpec, runState: string, states: States): readonly string[] {
  const found = spec.tasks.flatMap((task) => {
    const upstream = task.upstream.map((taskId) => states[taskId] ?? "none");
    const problem = taskProblem(task, states[task.taskId] ?? "none", upstream);
    return problem === undefined ? [] : [`${spec.dagId} ${task.taskId} (${task.triggerRule} of ${upstream.join()}) is ${problem}`];
  });
  const leaves = spec.tasks.filter((task) => !spec.tasks.some((other) => other.upstream.includes(task.taskId)));
  const hasFailed = leaves.some((leaf) => states[leaf.taskId] === "failed" || states[leaf.taskId] === "upstream_failed");
  const expected = hasFailed ? "failed" : "success";
  return runState === expected ? found : [...found, `${spec.dagId} is ${runState}, its leaves say ${expected}`];
}

function taskProblem(
  { taskId, triggerRule }: TaskSpec,
  state: TaskInstanceState,
  upstream: readonly TaskInstanceState[],
): string | undefined {
  const broken = upstream.some((other) => other === "failed" || other === "upstream_failed");
  const skipped = upstream.includes("skipped");
  const mayRun = triggerRule === "all_done" || (!broken && (triggerRule === "none_failed" || !skipped));
  const body = bodyByName(taskId, 2);
  // Where an upstream task failed and another was skipped, it depends on which came first.
  const allowed = mayRun
    ? [body]
    : [...(broken ? ["upstream_failed"] : []), ...(skipped && triggerRule === "all_success" ? ["skipped"] : [])];
  return allowed.includes(state) ? undefined : `${state}, not ${allowed.join(" or ")}`;
}
