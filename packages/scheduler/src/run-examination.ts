import { type DagRunKey, isFinishedTaskState } from "@polyflow/contracts";
import { applyDecisions, type DagGraph, decideDeadlock, decideRunEnd, decideTasks } from "@polyflow/lifecycle";
import type { RunTransition, TaskFacts, TaskFactsRequest, TaskTransition } from "@polyflow/store";
import type { AwaitedTasks } from "./awaited-tasks.ts";
import type { RunHint } from "./hints.ts";

/** A run that is being looked at: which tasks are to be decided, and of which facts are needed for that. */
export interface RunExamination {
  readonly runKey: DagRunKey;
  readonly graph: DagGraph;
  /** In topological order. */
  readonly candidates: readonly string[];
  readonly isWhole: boolean;
  /** Tasks that were left out because they are known to wait; unless a decision brings them in after all, the run has not ended. */
  readonly waiting: ReadonlySet<string>;
}

/** What came of it. */
export interface ExaminedRun {
  readonly examination: RunExamination;
  readonly tasks: readonly TaskTransition[];
  /** What is known of the run once `tasks` is written. */
  readonly afterwards: readonly TaskFacts[];
  /** Set where all task instances are known, and finished once `tasks` is written. */
  readonly end: RunTransition | undefined;
  /** Nothing that is known of the run is unfinished once `tasks` is written: the store has to say whether the rest is finished too. */
  readonly mayHaveEnded: boolean;
}

/** What a hint asks to look at: only what comes after the tasks that ended, however large the DAG is. */
export function examinationOf(
  runKey: DagRunKey,
  graph: DagGraph,
  { hint, awaited }: { readonly hint: RunHint; readonly awaited: AwaitedTasks },
): RunExamination {
  if (hint.isWhole || (graph.failFast && hint.hasFailure))
    return { runKey, graph, candidates: graph.order, isWhole: true, waiting: new Set() };
  const candidates = new Set(hint.reopened);
  const waiting = new Set<string>();
  for (const ended of hint.ended) {
    for (const taskId of graph.affectedBy(ended)) {
      if (awaited.stillWaits(runKey, graph, { taskId, hint })) waiting.add(taskId);
      else candidates.add(taskId);
    }
  }
  return { runKey, graph, candidates: graph.inOrder(candidates), isWhole: false, waiting };
}

/** The facts that an examination needs: those of its candidates and of all that these wait for. */
export function factsRequestOf({ runKey, graph, candidates, isWhole }: RunExamination): TaskFactsRequest {
  if (isWhole) return { runKey, taskIds: undefined };
  const taskIds = new Set(candidates);
  for (const taskId of candidates) for (const needed of graph.neededFor(taskId)) taskIds.add(needed);
  return { runKey, taskIds: [...taskIds] };
}

/** Decides as far as the facts go. */
export function examine(examination: RunExamination, facts: readonly TaskFacts[]): ExaminedRun {
  const { runKey, graph, candidates, isWhole, waiting } = examination;
  const decided = decideTasks(graph, facts, candidates);
  let { tasks } = decided;
  let afterwards = applyDecisions(facts, decided);
  if (isWhole) {
    const deadlock = decideDeadlock(afterwards);
    tasks = [...tasks, ...deadlock];
    afterwards = applyDecisions(afterwards, { tasks: deadlock });
  }
  const isAllKnown = [...waiting].every((taskId) => candidates.includes(taskId));
  const mayHaveEnded = isAllKnown && afterwards.every((fact) => isFinishedTaskState(fact.state));
  const end = isWhole && mayHaveEnded ? decideRunEnd(graph, afterwards) : undefined;
  return { examination, tasks, afterwards, mayHaveEnded, end: end === undefined ? undefined : { runKey, ...end } };
}

/**
 * Where a decision ended tasks that had not run, what comes after those has to be decided as well.
 * @returns the wider examination; undefined when nothing is missing.
 */
export function widened({ examination, tasks }: ExaminedRun, facts: readonly TaskFacts[]): RunExamination | undefined {
  if (examination.isWhole) return undefined;
  const taskIdOf = new Map(facts.map((fact) => [fact.taskInstanceId, fact.taskId]));
  const ended = tasks.filter((task) => task.to !== "scheduled").flatMap((task) => taskIdOf.get(task.taskInstanceId) ?? []);
  const { graph, candidates } = examination;
  const known = new Set(candidates);
  const further = graph.descendantsOf(ended).filter((taskId) => !known.has(taskId));
  return further.length === 0 ? undefined : { ...examination, candidates: graph.inOrder([...candidates, ...further]) };
}
