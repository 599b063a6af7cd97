import { type DagRunKey, isFinishedTaskState } from "@polyflow/contracts";
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
  readonly #awaited = new BoundedCache<string, string>(REMEMBERED);

  /** Whether what the hint tells of cannot have decided the task. */
  stillWaits(runKey: DagRunKey, graph: DagGraph, { taskId, hint }: { readonly taskId: string; readonly hint: RunHint }): boolean {
    const awaited = this.#awaited.get(`${runKey} ${taskId}`);
    const task = graph.tasks.get(taskId);
    if (awaited === undefined || task === undefined || hint.ended.has(awaited) || hint.unsuccessful.size > 0) return false;
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
    const large = candidates.filter((taskId) => graph.upstreamOf(taskId).length > FEW_UPSTREAM_TASKS);
    if (large.length === 0) return;
    const unfinished = new Set(facts.filter((fact) => !isFinishedTaskState(fact.state)).map((fact) => fact.taskId));
    for (const taskId of large) {
      const waitsFor = graph.upstreamOf(taskId).filter((upstreamId) => unfinished.has(upstreamId));
      // The last in order probably ends last.
      const awaited = graph.inOrder(waitsFor).at(-1);
      const key = `${runKey} ${taskId}`;
      if (awaited === undefined || !unfinished.has(taskId)) this.#awaited.delete(key);
      else this.#awaited.set(key, awaited);
    }
  }
}
