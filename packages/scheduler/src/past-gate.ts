import type { DagRunKey, TaskInstanceId } from "@polyflow/contracts";
import { evaluateDependsOnPast } from "@polyflow/lifecycle";
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
  /** By previous run and task: the runs whose task waits for it. */
  readonly #waiting = new BoundedCache<string, Set<DagRunKey>>(REMEMBERED);

  constructor(context: SchedulerContext) {
    this.#context = context;
  }

  /** Takes away the decisions to schedule what has to wait for the run before. */
  async hold(examined: readonly ExaminedRun[]): Promise<readonly ExaminedRun[]> {
    const requests = examined.flatMap(requestOf);
    if (requests.length === 0) return examined;
    const held = Map.groupBy(
      (await this.#context.store.scheduler.loadPastFacts(requests)).filter((past) => !evaluateDependsOnPast(past).passed),
      (past) => past.runKey,
    );
    for (const past of [...held.values()].flat()) this.#remember(past);
    return examined.map((run) => {
      const tasks = held.get(run.examination.runKey);
      return tasks === undefined ? run : withoutTasks(run, new Set(tasks.map((past) => past.taskId)));
    });
  }

  /** The same hints, and others at the tasks of later runs that waited for what they say has ended. */
  withLaterRuns(hints: ReadonlyMap<DagRunKey, RunHint>): ReadonlyMap<DagRunKey, RunHint> {
    if (this.#waiting.isEmpty) return hints;
    const all = new Map(hints);
    for (const [runKey, { ended }] of hints) {
      for (const taskId of ended) {
        for (const waiting of this.#takeWaiting(runKey, taskId)) all.set(waiting, withReopened(all.get(waiting), taskId));
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
        for (const waiting of this.#takeWaiting(examination.runKey, taskId)) this.#context.hints.reopen(waiting, taskId);
      }
    }
  }

  #takeWaiting(runKey: DagRunKey, taskId: string): Iterable<DagRunKey> {
    const key = waitingKey(runKey, taskId);
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    return waiting;
  }

  #remember({ runKey, taskId, previousRunKey }: PastFacts): void {
    const key = waitingKey(previousRunKey, taskId);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#waiting.set(key, new Set([runKey]));
    else waiting.add(runKey);
  }
}

/** Asks only for tasks that nothing else holds back. */
function requestOf({ examination: { runKey, graph }, tasks, afterwards }: ExaminedRun): readonly PastFactsRequest[] {
  if (!graph.dependsOnPast) return [];
  const ready = new Set<TaskInstanceId>(tasks.filter((task) => task.to === "scheduled").map((task) => task.taskInstanceId));
  const taskIds = afterwards
    .filter((fact) => ready.has(fact.taskInstanceId) && graph.tasks.get(fact.taskId)?.dependsOnPast === true)
    .map((fact) => fact.taskId);
  return taskIds.length === 0 ? [] : [{ runKey, taskIds: [...new Set(taskIds)], ...graph.pastWindow }];
}

function withoutTasks(run: ExaminedRun, held: ReadonlySet<string>): ExaminedRun {
  const instances = new Set<TaskInstanceId>();
  const afterwards = run.afterwards.map((fact) => {
    if (!held.has(fact.taskId) || fact.state !== "scheduled") return fact;
    instances.add(fact.taskInstanceId);
    return { ...fact, state: "none" as const };
  });
  return { ...run, tasks: run.tasks.filter((task) => !(task.to === "scheduled" && instances.has(task.taskInstanceId))), afterwards };
}

const NOTHING_YET: RunHint = { isWhole: false, hasFailure: false, ended: new Set(), unsuccessful: new Set(), reopened: new Set() };

function withReopened(hint: RunHint = NOTHING_YET, taskId: string): RunHint {
  return { ...hint, reopened: new Set([...hint.reopened, taskId]) };
}

function waitingKey(runKey: DagRunKey, taskId: string): string {
  return `${runKey} ${taskId}`;
}
