import type { DagRunKey, TaskInstanceId } from "@polyflow/contracts";
import { type DagGraph, evaluateDependsOnPast, evaluateWaitForDownstream } from "@polyflow/lifecycle";
import type { PastFacts, PastFactsRequest } from "@polyflow/store";
import { BoundedCache } from "./bounded-cache.ts";
import type { RunHint } from "./hints.ts";
import type { ExaminedRun } from "./run-examination.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

const REMEMBERED = 50_000;

/**
 * Holds tasks back that depend on their past until the run before has done them (A2). What a task waits for is remembered, so that the end
 * of the one in the run before brings it on at once; what is forgotten or never heard of is found by the sweep. DAGs without such tasks
 * cost nothing.
 */
export class PastGate {
  readonly #context: SchedulerContext;
  /** By previous run and task: what waits for it. */
  readonly #waiting = new BoundedCache<string, Waiting[]>(REMEMBERED);

  constructor(context: SchedulerContext) {
    this.#context = context;
  }

  /** Takes away the decisions to schedule what has to wait for the run before. */
  async hold(examined: readonly ExaminedRun[]): Promise<readonly ExaminedRun[]> {
    const requests = examined.flatMap(requestOf);
    if (requests.length === 0) return examined;
    const past = Map.groupBy(await this.#context.store.scheduler.loadPastFacts(requests), (facts) => facts.runKey);
    return examined.map((run) => {
      const facts = past.get(run.examination.runKey);
      return facts === undefined ? run : withoutTasks(run, this.#heldTasks(run, facts));
    });
  }

  #heldTasks({ examination: { runKey, graph }, ...run }: ExaminedRun, facts: readonly PastFacts[]): ReadonlySet<string> {
    const byTask = new Map(facts.map((past) => [past.taskId, past]));
    const held = new Set<string>();
    for (const taskId of readyTasks({ graph, ...run })) {
      for (const past of holding(graph, taskId, byTask)) {
        held.add(taskId);
        this.#remember(past, { runKey, taskId });
      }
    }
    return held;
  }

  /** The same hints, and others at the tasks of later runs that waited for what they say has ended. */
  withLaterRuns(hints: ReadonlyMap<DagRunKey, RunHint>): ReadonlyMap<DagRunKey, RunHint> {
    if (this.#waiting.isEmpty) return hints;
    const all = new Map(hints);
    for (const [runKey, { ended }] of hints) {
      for (const taskId of ended) {
        for (const waiting of this.#takeWaiting(runKey, taskId))
          all.set(waiting.runKey, withReopened(all.get(waiting.runKey), waiting.taskId));
      }
    }
    return all;
  }

  /** Hints at what waited for tasks that this scheduler has ended by its own decision: of that it does not hear. */
  wakeAfterDecisions(examined: readonly ExaminedRun[]): void {
    if (this.#waiting.isEmpty) return;
    for (const { examination, tasks, afterwards } of examined) {
      const ended = new Set(tasks.filter((task) => task.to !== "scheduled").map((task) => task.taskInstanceId));
      for (const { taskInstanceId, taskId } of afterwards) {
        if (!ended.has(taskInstanceId)) continue;
        for (const waiting of this.#takeWaiting(examination.runKey, taskId)) this.#context.hints.reopen(waiting.runKey, waiting.taskId);
      }
    }
  }

  #takeWaiting(runKey: DagRunKey, taskId: string): readonly Waiting[] {
    const key = waitingKey(runKey, taskId);
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    return waiting;
  }

  #remember({ previousRunKey, taskId }: PastFacts, waits: Waiting): void {
    const key = waitingKey(previousRunKey, taskId);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#waiting.set(key, [waits]);
    else if (!waiting.some((other) => other.runKey === waits.runKey && other.taskId === waits.taskId)) waiting.push(waits);
  }
}

/** A task of a run that waits for one of the run before. */
interface Waiting {
  readonly runKey: DagRunKey;
  readonly taskId: string;
}

/** Tasks that depend on their past and that nothing else holds back. */
function readyTasks({
  graph,
  tasks,
  afterwards,
}: Pick<ExaminedRun, "tasks" | "afterwards"> & { readonly graph: DagGraph }): ReadonlySet<string> {
  const ready = new Set<TaskInstanceId>(tasks.filter((task) => task.to === "scheduled").map((task) => task.taskInstanceId));
  const found = new Set<string>();
  for (const { taskInstanceId, taskId } of afterwards) {
    if (ready.has(taskInstanceId) && graph.tasks.get(taskId)?.dependsOnPast === true) found.add(taskId);
  }
  return found;
}

function requestOf({ examination: { runKey, graph }, ...run }: ExaminedRun): readonly PastFactsRequest[] {
  if (!graph.dependsOnPast) return [];
  const ready = readyTasks({ graph, ...run });
  const taskIds = new Set(ready);
  for (const taskId of ready) {
    if (graph.tasks.get(taskId)?.waitForDownstream === true) for (const after of graph.downstreamOf(taskId)) taskIds.add(after);
  }
  return taskIds.size === 0 ? [] : [{ runKey, taskIds: [...taskIds], ...graph.pastWindow }];
}

/** What in the run before holds a task back. */
function holding(graph: DagGraph, taskId: string, past: ReadonlyMap<string, PastFacts>): readonly PastFacts[] {
  const task = graph.tasks.get(taskId);
  const own = past.get(taskId);
  const ignoreFirst = task?.ignoreFirstDependsOnPast ?? true;
  const found = own === undefined || evaluateDependsOnPast(own, { ignoreFirst }).passed ? [] : [own];
  if (task?.waitForDownstream !== true) return found;
  const after = graph.downstreamOf(taskId).flatMap((other) => past.get(other) ?? []);
  return [...found, ...after.filter((facts) => !evaluateWaitForDownstream([facts]).passed)];
}

function withoutTasks(run: ExaminedRun, held: ReadonlySet<string>): ExaminedRun {
  if (held.size === 0) return run;
  const instances = new Set<TaskInstanceId>();
  const afterwards = run.afterwards.map((fact) => {
    if (!held.has(fact.taskId) || fact.state !== "scheduled") return fact;
    instances.add(fact.taskInstanceId);
    return { ...fact, state: "none" as const };
  });
  return { ...run, tasks: run.tasks.filter((task) => !(task.to === "scheduled" && instances.has(task.taskInstanceId))), afterwards };
}

const NOTHING_YET: RunHint = {
  isWhole: false,
  hasFailure: false,
  ended: new Set(),
  endedAt: new Map(),
  unsuccessful: new Set(),
  reopened: new Set(),
};

function withReopened(hint: RunHint = NOTHING_YET, taskId: string): RunHint {
  return { ...hint, reopened: new Set([...hint.reopened, taskId]) };
}

function waitingKey(runKey: DagRunKey, taskId: string): string {
  return `${runKey} ${taskId}`;
}
