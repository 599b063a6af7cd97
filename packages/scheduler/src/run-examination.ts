import { type DagRunKey, isFinishedTaskState, type MapOutput, UNMAPPED } from "@polyflow/contracts";
import { applyDecisions, type DagGraph, decideDeadlock, decideRunEnd, type DecideOptions, decideTasks } from "@polyflow/lifecycle";
import type { RunTransition, TaskExpansion, TaskFacts, TaskTransition } from "@polyflow/store";
import type { AwaitedTasks } from "./awaited-tasks.ts";
import { noteIndex, noteIndexes, type RunHint } from "./hints.ts";

/** A run that is being looked at: which tasks are to be decided, and of which facts are needed for that. */
export interface RunExamination {
  readonly runKey: DagRunKey;
  readonly graph: DagGraph;
  /** In topological order. */
  readonly candidates: readonly string[];
  /** Candidates of which only these instances are concerned: those in a mapped group that meet the ones that ended. */
  readonly candidatesAt: ReadonlyMap<string, ReadonlySet<number>>;
  readonly isWhole: boolean;
  /** Tasks that were left out because they are known to wait; unless a decision brings them in after all, the run has not ended. */
  readonly waiting: ReadonlySet<string>;
  /** The sources of a mapping may have become others: the task may have to get more or fewer instances. */
  readonly mayHaveOtherLength: (taskId: string) => boolean;
}

/** What came of it. */
export interface ExaminedRun {
  readonly examination: RunExamination;
  readonly tasks: readonly TaskTransition[];
  readonly expansions: readonly TaskExpansion[];
  /** Lengths that have to be known; with them the examination has to be made again. */
  readonly wantedLengths: readonly MapOutput[];
  /** What is known of the run once `tasks` is written. */
  readonly afterwards: readonly TaskFacts[];
  /** Set where all task instances are known, and finished once `tasks` is written. */
  readonly end: RunTransition | undefined;
  /** Nothing that is known of the run is unfinished once `tasks` is written: the store has to say whether the rest is finished too. */
  readonly mayHaveEnded: boolean;
}

const NOWHERE: ReadonlyMap<string, ReadonlySet<number>> = new Map();

/** What a hint asks to look at: only what comes after the tasks that ended, however large the DAG is. */
export function examinationOf(
  runKey: DagRunKey,
  graph: DagGraph,
  { hint, awaited }: { readonly hint: RunHint; readonly awaited: AwaitedTasks },
): RunExamination {
  if (hint.isWhole || (graph.failFast && hint.hasFailure)) {
    const everything = { candidates: graph.order, candidatesAt: NOWHERE, isWhole: true, waiting: new Set<string>() };
    return { runKey, graph, ...everything, mayHaveOtherLength: () => true };
  }
  const candidates = new Set(hint.reopened);
  const candidatesAt = new Map<string, Set<number>>();
  const waiting = new Set<string>();
  for (const ended of hint.ended) {
    const indexes = hint.endedAt.get(ended);
    for (const taskId of graph.affectedBy(ended)) {
      if (indexes !== undefined && !indexes.has(UNMAPPED) && graph.sharesIndex(ended, taskId)) {
        noteIndexes(candidatesAt, taskId, indexes);
      } else if (awaited.stillWaits(runKey, graph, { taskId, hint })) waiting.add(taskId);
      else candidates.add(taskId);
    }
  }
  return {
    runKey,
    graph,
    ...inPlaces(graph, candidates, candidatesAt),
    isWhole: false,
    waiting,
    // What ended in the same mapped group was given its instances together with the task.
    mayHaveOtherLength: (taskId) =>
      graph.tasks.get(taskId)?.mapping !== undefined ||
      hint.reopened.has(taskId) ||
      graph.neededFor(taskId).some((needed) => hint.ended.has(needed) && !graph.sharesIndex(taskId, needed)),
  };
}

/** Decides as far as the facts go. */
export function examine(examination: RunExamination, facts: readonly TaskFacts[], options: DecideOptions = {}): ExaminedRun {
  const { runKey, graph, candidates, isWhole, waiting, mayHaveOtherLength } = examination;
  const decided = decideTasks(graph, facts, candidates, { ...options, mayHaveOtherLength });
  let { tasks } = decided;
  let afterwards = applyDecisions(facts, decided);
  if (isWhole && decided.wantedLengths.length === 0) {
    const deadlock = decideDeadlock(afterwards);
    tasks = [...tasks, ...deadlock];
    afterwards = applyDecisions(afterwards, { tasks: deadlock });
  }
  const isAllKnown = [...waiting].every((taskId) => candidates.includes(taskId));
  const mayHaveEnded = isAllKnown && afterwards.every((fact) => isFinishedTaskState(fact.state));
  const end = isWhole && mayHaveEnded ? decideRunEnd(graph, afterwards) : undefined;
  const expansions = decided.expansions.map((expansion) => ({ runKey, ...expansion }));
  const { wantedLengths } = decided;
  return {
    examination,
    tasks,
    expansions,
    wantedLengths,
    afterwards,
    mayHaveEnded,
    end: end === undefined ? undefined : { runKey, ...end },
  };
}

/**
 * Where a decision ended tasks that had not run, what comes after those has to be decided as well.
 * @returns the wider examination; undefined when nothing is missing.
 */
export function widened({ examination, tasks }: ExaminedRun, facts: readonly TaskFacts[]): RunExamination | undefined {
  if (examination.isWhole) return undefined;
  const byId = new Map(facts.map((fact) => [fact.taskInstanceId, fact]));
  const { graph } = examination;
  const known = new Set(examination.candidates.filter((taskId) => !examination.candidatesAt.has(taskId)));
  const candidates = new Set(known);
  const candidatesAt = new Map([...examination.candidatesAt].map(([taskId, indexes]) => [taskId, new Set(indexes)]));
  const after = new Map<string, readonly string[]>();
  for (const { taskInstanceId, to } of tasks) {
    const ended = byId.get(taskInstanceId);
    if (ended === undefined || to === "scheduled") continue;
    const descendants = after.get(ended.taskId) ?? graph.descendantsOf([ended.taskId]);
    after.set(ended.taskId, descendants);
    for (const taskId of descendants) {
      if (ended.mapIndex !== UNMAPPED && graph.sharesIndex(ended.taskId, taskId)) noteIndex(candidatesAt, taskId, ended.mapIndex);
      else candidates.add(taskId);
    }
  }
  const isWider = candidates.size > known.size || sizeOf(candidatesAt, candidates) > sizeOf(examination.candidatesAt, candidates);
  return isWider ? { ...examination, ...inPlaces(graph, candidates, candidatesAt) } : undefined;
}

/** A task of which all is looked at needs no single instances. */
function inPlaces(
  graph: DagGraph,
  candidates: ReadonlySet<string>,
  at: ReadonlyMap<string, ReadonlySet<number>>,
): Pick<RunExamination, "candidates" | "candidatesAt"> {
  if (at.size === 0) return { candidates: graph.inOrder(candidates), candidatesAt: NOWHERE };
  const candidatesAt = new Map([...at].filter(([taskId]) => !candidates.has(taskId)));
  return { candidates: graph.inOrder([...candidates, ...candidatesAt.keys()]), candidatesAt };
}

function sizeOf(at: ReadonlyMap<string, ReadonlySet<number>>, candidates: ReadonlySet<string>): number {
  let size = 0;
  for (const [taskId, indexes] of at) if (!candidates.has(taskId)) size += indexes.size;
  return size;
}
