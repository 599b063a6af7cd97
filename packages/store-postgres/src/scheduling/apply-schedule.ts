import type { OpenSlots } from "@polyflow/contracts";
import type {
  LeaderTerm,
  LimitOptions,
  QueuedAttempt,
  RunTransition,
  ScheduleOutcome,
  TaskExpansion,
  TaskTransition,
} from "@polyflow/store";
import type { Transaction } from "../database.ts";
import type { Statement } from "../statement.ts";
import { type RunEventRow, runEvent, type TaskEventRow, taskEvent } from "../runs/run-row.ts";
import type { StoreContext } from "../store-context.ts";
import { COMMIT_LAZILY, holdLease, leadershipLost, termValues } from "./lease.ts";
import type { ClaimedAttemptRow } from "../execution/claimed-attempt-row.ts";
import { expandTasks } from "./expand-tasks.ts";
import { END_TASKS, FINISH_RUNS, LOCK_ENDING_RUNS, QUEUE_ATTEMPTS, SUPERSEDE_ATTEMPTS } from "./schedule-statements.ts";

interface Decisions {
  readonly tasks: readonly TaskTransition[];
  readonly expansions?: readonly TaskExpansion[];
  readonly runs: readonly RunTransition[];
}

/** A task instance that was queued, claimed for a worker, or `scheduled` to wait for room. */
type MovedRow = ClaimedAttemptRow & {
  readonly state: "queued" | "running" | "scheduled";
  readonly queue: string;
  readonly priorityWeight: number;
  readonly candidates: number;
  readonly room: number;
};

interface Pass {
  /** Decisions that took effect and whose task instance was not queued in the same breath. */
  readonly changed: readonly TaskEventRow[];
  readonly finished: readonly RunEventRow[];
  readonly queued: readonly MovedRow[];
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
    pass = await schedulePass(context, {
      term,
      decisions: NO_DECISIONS,
      limits: { ...limits, claimFor: slotsLeft(limits.claimFor, queued) },
    });
    queued.push(...pass.queued);
  }
  const claimed = queued.filter((row) => row.state === "running");
  if (limits.claimFor !== undefined) context.claimsAhead.keep(limits.claimFor.sessionId, claimed.map(toClaimedAttempt));
  announce(context, { changed, finished, queued });
  const moved = new Set([...changed, ...queued].map((row) => row.taskInstanceId));
  return {
    applied: decisions.tasks.map((task) => task.taskInstanceId).filter((id) => moved.has(id)),
    queued: queued.map(toQueuedAttempt),
    finishedRuns: finished.map((row) => row.runKey),
  };
}

function slotsLeft(open: OpenSlots | undefined, queued: readonly MovedRow[]): OpenSlots | undefined {
  return open && { ...open, slots: open.slots - queued.filter((row) => row.state === "running").length };
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
  const groups = Map.groupBy(
    sortedBy(decisions.tasks, (task) => task.taskInstanceId),
    groupOf,
  );
  const ready = groups.get("ready") ?? [];
  const mayClaim = (limits.claimFor?.slots ?? 0) > 0;
  return database.pipeline(async (transaction) => {
    const [holds, , , ended, superseded, expanded, finished, moved] = await Promise.all([
      holdLease(transaction, term),
      decisions.runs.length === 0 ? [] : transaction.query(LOCK_ENDING_RUNS, [decisions.runs.map((run) => run.runKey)]),
      // The end of a run is seen by people and programs outside, and so is what an attempt does: that commit waits for the disk.
      decisions.runs.length === 0 && !mayClaim ? transaction.query(COMMIT_LAZILY) : [],
      transition(transaction, { statement: END_TASKS, term, tasks: groups.get("ending") ?? [], now }),
      transition(transaction, { statement: SUPERSEDE_ATTEMPTS, term, tasks: groups.get("superseding") ?? [], now }),
      expandTasks(transaction, { term, expansions: decisions.expansions ?? [], now }),
      finishRuns(transaction, { term, decisions, now }),
      transaction.query<MovedRow>(QUEUE_ATTEMPTS, [
        ...termValues(term),
        limits.parallelism,
        now,
        ready.map((task) => task.taskInstanceId),
        ready.map((task) => task.from),
        limits.maxActiveTasksOver === "dag",
        limits.claimFor?.sessionId ?? null,
        limits.claimFor?.slots ?? 0,
      ]),
    ]);
    if (!holds) throw leadershipLost(term);
    const waiting = moved.filter((row) => row.state === "scheduled");
    return {
      changed: [...ended, ...superseded, ...expanded, ...waiting],
      finished,
      queued: moved.filter((row) => row.state !== "scheduled"),
    };
  });
}

/** Which statement carries a decision out. */
function groupOf(task: TaskTransition): "ready" | "ending" | "superseding" {
  if (task.from === "queued" || task.from === "running" || task.from === "restarting") return "superseding";
  return task.to === "scheduled" ? "ready" : "ending";
}

async function transition(
  transaction: Transaction,
  options: {
    readonly statement: Statement;
    readonly term: LeaderTerm;
    readonly tasks: readonly TaskTransition[];
    readonly now: Date;
  },
): Promise<readonly TaskEventRow[]> {
  if (options.tasks.length === 0) return [];
  return transaction.query<TaskEventRow>(options.statement, [
    ...termValues(options.term),
    options.tasks.map((task) => task.taskInstanceId),
    options.tasks.map((task) => task.from),
    options.tasks.map((task) => task.to),
    options.tasks.map((task) => task.reason),
    options.now,
  ]);
}

async function finishRuns(
  transaction: Transaction,
  { term, decisions, now }: { readonly term: LeaderTerm; readonly decisions: Decisions; readonly now: Date },
): Promise<readonly RunEventRow[]> {
  if (decisions.runs.length === 0) return [];
  const runs = sortedBy(decisions.runs, (run) => run.runKey);
  const ending = decisions.tasks.filter((task) => task.to !== "scheduled");
  return transaction.query<RunEventRow>(FINISH_RUNS, [
    ...termValues(term),
    runs.map((run) => run.runKey),
    runs.map((run) => run.to),
    now,
    ending.map((task) => task.taskInstanceId),
    ending.map((task) => task.to),
  ]);
}

/** What waited at first and was queued by a later pass is announced once, as queued. */
function announce(context: StoreContext, { changed, finished, queued }: Pass): void {
  const queuedIds = new Set(queued.map((row) => row.taskInstanceId));
  context.feed.emit([
    ...changed.filter((row) => !queuedIds.has(row.taskInstanceId)).map(taskEvent),
    ...queued.map(taskEvent),
    ...finished.map(runEvent),
  ]);
}

function toClaimedAttempt(moved: MovedRow): ClaimedAttemptRow {
  const { state: _state, queue: _queue, priorityWeight: _weight, candidates: _candidates, room: _room, ...row } = moved;
  return row;
}

function toQueuedAttempt(row: MovedRow): QueuedAttempt {
  const { attemptId, taskInstanceId, dagId, runId, taskId, mapIndex, tryNumber, queue, priorityWeight, bundleHash, isolation, state } = row;
  const attempt = { attemptId, taskInstanceId, dagId, runId, taskId, mapIndex, tryNumber, queue, priorityWeight, bundleHash, isolation };
  return state === "running" ? { ...attempt, isClaimed: true } : attempt;
}

function sortedBy<Item>(items: readonly Item[], key: (item: Item) => string): readonly Item[] {
  return [...items].sort((left, right) => (key(left) < key(right) ? -1 : 1));
}
