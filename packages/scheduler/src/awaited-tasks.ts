import { type DagRunKey, isFinishedTaskState, UNMAPPED } from "@polyflow/contracts";
import { type DagGraph, ignoresSuccessUntilAllDone } from "@polyflow/lifecycle";
import type { TaskFacts } from "@polyflow/store";
import { BoundedCache } from "./bounded-cache.ts";
import type { RunHint } from "./hints.ts";

/** Below this, reading the facts costs no more than remembering. */
const FEW_UPSTREAM_TASKS = 2;
const REMEMBERED = 50_000;

/**
 * For a task that waits for many others, one that it is known to wait for still. Until that one ends, the others' successes need not be
 * followed up, so a join of thousands is not read thousands of times. Only a shortcut: if the end of the awaited task is never heard of,
 * the sweep finds out.
 */
export class AwaitedTasks {
  readonly #awaited = new BoundedCache<string, Awaited>(REMEMBERED);

  /** Whether what the hint tells of cannot have decided the task. */
  stillWaits(runKey: DagRunKey, graph: DagGraph, { taskId, hint }: { readonly taskId: string; readonly hint: RunHint }): boolean {
    const awaited = this.#awaited.get(`${runKey} ${taskId}`);
    const task = graph.tasks.get(taskId);
    if (awaited === undefined || task === undefined || hint.unsuccessful.size > 0) return false;
    if (hint.endedAt.get(awaited.taskId)?.has(awaited.mapIndex) === true) return false;
    // A success may say that the task is skipped.
    if (graph.skippersOf(taskId).some((skipper) => hint.ended.has(skipper))) return false;
    return ignoresSuccessUntilAllDone(task.triggerRule);
  }

  /** @param facts of the run, with the decisions for them taken into account */
  remember(
    runKey: DagRunKey,
    graph: DagGraph,
    { candidates, facts }: { readonly candidates: readonly string[]; readonly facts: readonly TaskFacts[] },
  ): void {
    const unfinished = lastUnfinished(facts);
    for (const taskId of candidates) {
      // Of its mapped group each instance waits for another one.
      const upstream = graph.upstreamOf(taskId).filter((upstreamId) => !graph.sharesIndex(taskId, upstreamId));
      const isLarge = upstream.length > FEW_UPSTREAM_TASKS || upstream.some((upstreamId) => graph.mappingOf(upstreamId) !== undefined);
      if (!isLarge) continue;
      // The last in order probably ends last.
      const awaited = graph.inOrder(upstream.filter((upstreamId) => unfinished.has(upstreamId))).at(-1);
      const key = `${runKey} ${taskId}`;
      const mapIndex = unfinished.get(awaited ?? "") ?? UNMAPPED;
      // The row of a mapped task without instances does not end: it becomes the first of them.
      const willExpand = awaited !== undefined && mapIndex === UNMAPPED && graph.mappingOf(awaited) !== undefined;
      if (awaited === undefined || willExpand || !unfinished.has(taskId)) this.#awaited.delete(key);
      else this.#awaited.set(key, { taskId: awaited, mapIndex });
    }
  }
}

/** A task, and which instance of it. */
interface Awaited {
  readonly taskId: string;
  readonly mapIndex: number;
}

/**
 * By task: the last of its instances that is not finished. A row that counts several instances bears the index of one of them as it was when the
 * facts were read; if that one was read by itself as well and has been ended since, nobody will hear of its end.
 */
function lastUnfinished(facts: readonly TaskFacts[]): ReadonlyMap<string, number> {
  const ended = new Set(facts.filter(({ state }) => isFinishedTaskState(state)).map(({ taskId, mapIndex }) => `${taskId} ${mapIndex}`));
  const last = new Map<string, number>();
  for (const { taskId, mapIndex, state, count } of facts) {
    if (isFinishedTaskState(state) || (count !== undefined && ended.has(`${taskId} ${mapIndex}`))) continue;
    last.set(taskId, Math.max(mapIndex, last.get(taskId) ?? UNMAPPED));
  }
  return last;
}
