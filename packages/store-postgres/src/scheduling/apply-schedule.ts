import type { DagRunKey } from "@polyflow/contracts";
import type { LeaderTerm, LimitOptions, QueuedAttempt, RunTransition, ScheduleOutcome, TaskTransition } from "@polyflow/store";
import type { Transaction } from "../database.ts";
import { type RunEventRow, runEvent, type TaskEventRow, taskEvent } from "../runs/run-row.ts";
import type { StoreContext } from "../store-context.ts";
import { holdLease, leadershipLost, termValues } from "./lease.ts";
import type { QueuedAttemptRow } from "./queued-attempt-row.ts";
import { APPLY_TRANSITIONS, COMMIT_LAZILY, FINISH_RUNS, QUEUE_ATTEMPTS, SUPERSEDE_ATTEMPTS } from "./schedule-statements.ts";

interface Decisions {
  readonly tasks: readonly TaskTransition[];
  readonly runs: readonly RunTransition[];
}

type QueuedRow = QueuedAttemptRow & { readonly runKey: DagRunKey; readonly candidates: number; readonly room: number };

interface Pass {
  readonly changed: readonly TaskEventRow[];
  readonly finished: readonly RunEventRow[];
  readonly queued: readonly QueuedRow[];
}

const NO_DECISIONS: Decisions = { tasks: [], runs: [] };

/**
 * See SchedulerStore.applySchedule. One round trip: begin, lock the lease, apply, finish, queue, commit travel together. Only when a run's
 * limit or a task's many slots left room that others can use is there another pass.
 */
export async function applySchedule(
  context: StoreContext,
  term: LeaderTerm,
  decisions: Decisions,
  limits: LimitOptions,
): Promise<ScheduleOutcome> {
  let pass = await schedulePass(context, { term, decisions, limits });
  const { changed, finished } = pass;
  const queued = [...pass.queued];
  while (leftRoom(pass)) {
    pass = await schedulePass(context, { term, decisions: NO_DECISIONS, limits });
    queued.push(...pass.queued);
  }
  announce(context, { changed, finished, queued });
  return {
    applied: changed.map((row) => row.taskInstanceId),
    queued: queued.map(toQueuedAttempt),
    finishedRuns: finished.map((row) => row.runKey),
  };
}

/** Each pass that leaves room has queued something, so this ends. */
function leftRoom({ queued }: Pass): boolean {
  const [first] = queued;
  return first !== undefined && first.candidates > queued.length && first.room > queued.length;
}

function schedulePass(
  { database, clock }: Pick<StoreContext, "database" | "clock">,
  { term, decisions, limits }: { readonly term: LeaderTerm; readonly decisions: Decisions; readonly limits: LimitOptions },
): Promise<Pass> {
  const now = new Date(clock.now());
  const [superseding, plain] = partition(decisions.tasks, hasCurrentAttempt);
  return database.pipeline(async (transaction) => {
    const [holds, , changed, superseded, finished, queued] = await Promise.all([
      holdLease(transaction, term),
      // The end of a run is seen by people and programs outside: that commit waits for the disk.
      decisions.runs.length === 0 ? transaction.query(COMMIT_LAZILY) : [],
      transition(transaction, { statement: APPLY_TRANSITIONS, term, tasks: plain, now }),
      transition(transaction, { statement: SUPERSEDE_ATTEMPTS, term, tasks: superseding, now }),
      finishRuns(transaction, { term, runs: decisions.runs, now }),
      transaction.query<QueuedRow>(QUEUE_ATTEMPTS, [...termValues(term), limits.parallelism, now]),
    ]);
    if (!holds) throw leadershipLost(term);
    return { changed: [...changed, ...superseded], finished, queued };
  });
}

async function transition(
  transaction: Transaction,
  options: {
    readonly statement: typeof APPLY_TRANSITIONS;
    readonly term: LeaderTerm;
    readonly tasks: readonly TaskTransition[];
    readonly now: Date;
  },
): Promise<readonly TaskEventRow[]> {
  if (options.tasks.length === 0) return [];
  const tasks = sortedBy(options.tasks, (task) => task.taskInstanceId);
  return transaction.query<TaskEventRow>(options.statement, [
    ...termValues(options.term),
    tasks.map((task) => task.taskInstanceId),
    tasks.map((task) => task.from),
    tasks.map((task) => task.to),
    tasks.map((task) => task.reason),
    options.now,
  ]);
}

async function finishRuns(
  transaction: Transaction,
  options: { readonly term: LeaderTerm; readonly runs: readonly RunTransition[]; readonly now: Date },
): Promise<readonly RunEventRow[]> {
  if (options.runs.length === 0) return [];
  const runs = sortedBy(options.runs, (run) => run.runKey);
  const keys = runs.map((run) => run.runKey);
  return transaction.query<RunEventRow>(FINISH_RUNS, [...termValues(options.term), keys, runs.map((run) => run.to), options.now]);
}

/** What was scheduled and queued in the same breath is announced once, as queued. */
function announce(context: StoreContext, { changed, finished, queued }: Pass): void {
  const queuedIds = new Set(queued.map((row) => row.taskInstanceId));
  context.feed.emit([
    ...changed.filter((row) => !queuedIds.has(row.taskInstanceId)).map(taskEvent),
    ...queued.map((row) => taskEvent({ ...row, state: "queued" })),
    ...finished.map(runEvent),
  ]);
}

function toQueuedAttempt({ runKey: _runKey, candidates: _candidates, room: _room, ...attempt }: QueuedRow): QueuedAttempt {
  return attempt;
}

function hasCurrentAttempt(task: TaskTransition): boolean {
  return task.from === "queued" || task.from === "running" || task.from === "restarting";
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): readonly [readonly Item[], readonly Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function sortedBy<Item>(items: readonly Item[], key: (item: Item) => string): readonly Item[] {
  return [...items].sort((left, right) => (key(left) < key(right) ? -1 : 1));
}
