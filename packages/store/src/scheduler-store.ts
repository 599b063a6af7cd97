import type {
  AttemptId,
  DagRunKey,
  DagRunState,
  DagSpec,
  DagVersionId,
  FinishedRunState,
  Isolation,
  OpenSlots,
  StoredHorizon,
  TaskInstanceId,
  TaskInstanceState,
  WorkerSessionId,
} from "@polyflow/contracts";
import type { AssetScheduling } from "./asset-store.ts";
import type { BackfillStep, BackfillWork } from "./backfill-store.ts";
import type { NextRun } from "./dag-store.ts";
import type { NewRun } from "./run-store.ts";
import type { LeaderTerm } from "./leader-term.ts";
import type { AskedDag } from "./asked-dag.ts";

/** An active, unpaused DAG whose timetable must be asked. */
export interface DueDag extends AskedDag {
  readonly spec: DagSpec;
  readonly nextRun: NextRun | null;
  /** The newest run that the schedule has made; null when there is none. */
  readonly lastAutomatedRun: NextRun | null;
  readonly horizon: StoredHorizon | null;
  readonly unfinishedRuns: number;
}

/** What a DAG's timetable said when it was asked. */
export interface TimetableStep extends AskedDag {
  /** The run that is due; null when none is. */
  readonly run: NewRun | null;
  /** The run that comes next; null when none will come of itself. */
  readonly next: NextRun | null;
}

/**
 * What became of it. `created`: the run is there. `exists`: a backfill or a person made one of its id or date before. `planned`: no run was wanted.
 * After these three the schedule has moved on. `left_alone`: the DAG is paused, gone or has another version by now. `busy`: somebody else's
 * transaction holds it.
 */
export type TimetableOutcome = "created" | "exists" | "planned" | "left_alone" | "busy";

/** A running run whose tasks have to be looked at. */
export interface ActiveRun {
  readonly runKey: DagRunKey;
  readonly dagId: string;
  readonly runId: string;
  readonly versionId: DagVersionId;
  readonly state: DagRunState;
  readonly logicalDate: Date | null;
  readonly startDate: Date | null;
}

/** A task instance as decisions need it. */
export interface TaskFacts {
  readonly taskInstanceId: TaskInstanceId;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly state: TaskInstanceState;
  readonly tryNumber: number;
  readonly nextRetryAt: Date | null;
  /** Tasks that its success says are skipped; null: none. */
  readonly skips: readonly string[] | null;
  /** The facts stand for so many instances of a mapped task in this state; the index is that of the last of them, the id that of none. */
  readonly count?: number;
  /** With `count`: instances of which there are facts of their own are counted, too. */
  readonly isTotal?: boolean;
}

/** Which task instances of a run a decision needs; `taskIds` undefined: all of them. */
export interface TaskFactsRequest {
  readonly runKey: DagRunKey;
  readonly taskIds: readonly string[] | undefined;
  /** Given in place of `taskIds` for DAGs with mapped tasks. */
  readonly mapped?: readonly MappedFactsRequest[];
}

/**
 * What of a task that may be mapped is wanted, so that nothing is read ten thousand times.
 * `each`: all instances. `open`: those in state `none`, of the others counts by state. `counted`: counts by state (the row of a task that has no
 * instances yet comes as it is). `at`: the instance with this index, and the row of a task that has no instances yet.
 */
export type MappedFactsRequest =
  | { readonly taskId: string; readonly as: "each" | "open" | "counted" }
  | { readonly taskId: string; readonly as: "at"; readonly mapIndex: number };

/** Outputs over which tasks of a run are mapped. */
export interface MapLengthsRequest {
  readonly runKey: DagRunKey;
  readonly outputs: readonly { readonly taskId: string; readonly path: readonly string[] }[];
}

/** Over how many elements can be mapped. */
export interface MapLengthFacts {
  readonly runKey: DagRunKey;
  readonly taskId: string;
  readonly path: readonly string[];
  readonly found:
    | { readonly kind: "length"; readonly length: number }
    | { readonly kind: "absent" }
    | { readonly kind: "unmappable"; readonly type: string };
}

/**
 * Mapped tasks of a run that get as many instances as there are elements. The row that stands for all becomes the first; later ones are added,
 * and where there were more they are `removed`.
 */
export interface TaskExpansion {
  readonly runKey: DagRunKey;
  readonly taskIds: readonly string[];
  /** From 1. */
  readonly length: number;
  /** State of new instances. */
  readonly to: "scheduled" | "none";
}

/** Which tasks of a run need to know what became of them in the run before. */
export interface PastFactsRequest {
  readonly runKey: DagRunKey;
  readonly taskIds: readonly string[];
  /** Runs that somebody asked for are passed over. */
  readonly skipsManualRuns: boolean;
  /** Runs with an earlier logical date are passed over; null: none are. */
  readonly since: Date | null;
}

/** What became of a task in the run before, that is, the one with the next earlier logical date. */
export interface PastFacts {
  readonly runKey: DagRunKey;
  readonly taskId: string;
  readonly previousRunKey: DagRunKey;
  readonly previousRunId: string;
  /** States of all its instances there; empty when it has none. */
  readonly states: readonly TaskInstanceState[];
  /** Some run before has an instance of the task. */
  readonly hadInstances: boolean;
}

/**
 * A decision that the store applies by compare-and-set: only if the task instance is still in `from`.
 * From `queued`, `running` or `restarting` it supersedes the current attempt: its outbox row goes, its try is closed in the history,
 * and whatever its process still reports is refused.
 */
export interface TaskTransition {
  readonly taskInstanceId: TaskInstanceId;
  readonly from: TaskInstanceState;
  /** `failed` is for running tasks of a fail-fast run whose first failure has come. */
  readonly to: "scheduled" | "skipped" | "upstream_failed" | "removed" | "failed";
  readonly reason: string | null;
}

/**
 * A decided end of a run. It takes effect only if the run is still running and, after the task transitions of the same call, none of
 * its task instances is unfinished; so a task that a user clears at the same moment is not left behind in a finished run.
 */
export interface RunTransition {
  readonly runKey: DagRunKey;
  readonly to: FinishedRunState;
  readonly reason: string | null;
}

/** An attempt that was queued, or is still waiting to be claimed; what the dispatcher hands to the executor. */
export interface QueuedAttempt {
  readonly attemptId: AttemptId;
  readonly taskInstanceId: TaskInstanceId;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly queue: string;
  readonly priorityWeight: number;
  readonly bundleHash: string;
  readonly isolation: Isolation;
  /** It was claimed for `LimitOptions.claimFor` in the same transaction: it is `running`, and has no outbox row. */
  readonly isClaimed?: boolean;
}

/** What one scheduling transaction did. */
export interface ScheduleOutcome {
  /** Transitions that took effect (others lost their race and are decided again). */
  readonly applied: readonly TaskInstanceId[];
  readonly queued: readonly QueuedAttempt[];
  readonly finishedRuns: readonly DagRunKey[];
}

export interface LimitOptions {
  /** At most this many task instances queued or running over all DAGs (`[core] parallelism`). */
  readonly parallelism: number;
  /** Over what `maxActiveTasks` of a DAG counts: each run (Airflow 3), or all runs of the DAG together (Airflow 2). Default `run`. */
  readonly maxActiveTasksOver?: "run" | "dag";
  /** The first of the queued attempts are claimed for this worker at once, which saves each of them a transaction. */
  readonly claimFor?: OpenSlots | undefined;
}

export interface LostAttempt {
  readonly attemptId: AttemptId;
  readonly taskInstanceId: TaskInstanceId;
  readonly runKey: DagRunKey;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly tryNumber: number;
  /** Losses of this task instance by infrastructure so far, this one not counted. */
  readonly losses: number;
  /** The worker left in order: making good what it left behind adds nothing to `losses`. */
  readonly workerHasLeft: boolean;
}

export interface WorkerSessionRecord {
  readonly sessionId: WorkerSessionId;
  readonly name: string;
  readonly hostname: string;
  /** Grows with each heartbeat; judged by whether it changes, never by comparing clocks. */
  readonly counter: number;
}

/**
 * What the scheduler asks of the store. Every writing method takes the leader's term and throws `leadership_lost`
 * when it is not the current one. Lock order inside a transaction: lease, dag, dag_run, pool, task_instance, outbox; ids ascending.
 */
export interface SchedulerStore extends AssetScheduling {
  acquireLease(name: string, holder: string, ttlMs: number): Promise<LeaderTerm | undefined>;
  /** False: the term is over. */
  renewLease(term: LeaderTerm, ttlMs: number): Promise<boolean>;
  releaseLease(term: LeaderTerm): Promise<void>;

  /**
   * DAGs whose next run is due, and those whose timetable has never been asked (`nextRun` null, schedule not none), oldest first.
   * Leaves out DAGs that have `maxActiveRuns` unfinished runs, so that they do not crowd out the others; `nextDueAt` does so too.
   */
  listDueDags(now: Date, limit: number): Promise<readonly DueDag[]>;
  /** When the next run or retry falls due; undefined when none is planned. The runs of the DAGs that are named do not count. */
  nextDueAt(exceptDags?: readonly string[]): Promise<Date | undefined>;
  /**
   * One transaction for many DAGs, each named at most once: creates the runs that are due unless there is one of the same id or logical date,
   * and moves the schedules on. A run whose DAG has room for it, and no older one that waits, is started in the same breath. DAGs that changed
   * meanwhile or are held by somebody else are left out, and the others do not wait for them.
   * @returns outcomes in the order of the steps, and the runs that were started
   * @throws an error that may be that of a single step; then nothing was done, and fewer steps may be tried.
   */
  advanceTimetables(
    term: LeaderTerm,
    steps: readonly TimetableStep[],
  ): Promise<{ readonly outcomes: readonly TimetableOutcome[]; readonly started: readonly ActiveRun[] }>;

  /** Backfills that can be brought on, with at most `datesOfEach` of their next dates; and how many are under way at all. */
  listBackfillWork(limit: number, datesOfEach: number): Promise<{ readonly open: number; readonly work: readonly BackfillWork[] }>;
  /**
   * Carries out what was decided about dates of a backfill, as far as its limit allows, and completes it when nothing is left.
   * @returns whether anything changed.
   */
  applyBackfillSteps(term: LeaderTerm, backfillId: number, steps: readonly BackfillStep[]): Promise<boolean>;

  /** Starts queued runs as far as `maxActiveRuns` of their DAGs (and of backfills, for theirs) allows, oldest first. */
  startQueuedRuns(term: LeaderTerm, limit: number): Promise<readonly ActiveRun[]>;
  getActiveRuns(runKeys: readonly DagRunKey[]): Promise<readonly ActiveRun[]>;
  /** All running runs, in pages by key: for the sweep of a new leader and the slow poll. */
  listActiveRuns(after: DagRunKey | undefined, limit: number): Promise<readonly ActiveRun[]>;
  /** Specs of many versions in one round trip; those that are gone are missing. */
  getSpecs(versionIds: readonly DagVersionId[]): Promise<ReadonlyMap<string, DagSpec>>;
  /** States of the named tasks (of all tasks when undefined) of a run. */
  loadTaskFacts(runKey: DagRunKey, taskIds: readonly string[] | undefined): Promise<readonly TaskFacts[]>;
  /** The same for many runs in one round trip, so that a batch of completions costs what one costs. Each run at most once; runs without rows may be missing. */
  loadTaskFactsOfRuns(requests: readonly TaskFactsRequest[]): Promise<ReadonlyMap<DagRunKey, readonly TaskFacts[]>>;
  /** How long outputs are over which tasks are mapped, of many runs in one round trip. */
  loadMapLengths(requests: readonly MapLengthsRequest[]): Promise<readonly MapLengthFacts[]>;
  /** The past of tasks that depend on it, of many runs in one round trip; tasks of runs without a previous one are missing. */
  loadPastFacts(requests: readonly PastFactsRequest[]): Promise<readonly PastFacts[]>;
  /** Whether each run still has task instances that are not finished. */
  runsWithUnfinishedTasks(runKeys: readonly DagRunKey[]): Promise<ReadonlySet<DagRunKey>>;

  /**
   * One transaction: applies transitions, expansions and run ends by compare-and-set (ends of tasks of a run that have no attempt together or
   * not at all, since they may rest on one another; the end of a run only if its tasks ended as decided), then queues as many `scheduled` task instances as pools,
   * `parallelism`, `maxActiveTasks`, `maxActivePerDag` and `maxActivePerRun` allow (selection per pool, by priority), giving each a new attempt
   * and an outbox row; those for which `claimFor` has slots begin to run instead.
   */
  applySchedule(
    term: LeaderTerm,
    decisions: {
      readonly tasks: readonly TaskTransition[];
      readonly expansions?: readonly TaskExpansion[];
      readonly runs: readonly RunTransition[];
    },
    limits: LimitOptions,
  ): Promise<ScheduleOutcome>;

  /**
   * Pauses those of the DAGs whose newest finished runs, as many as their `maxConsecutiveFailedRuns` says, have all failed, and writes that
   * into the audit log. @returns the ids of those that were paused.
   */
  pauseFailingDags(term: LeaderTerm, dagIds: readonly string[]): Promise<readonly string[]>;

  /** Task instances whose retry is due go back to `scheduled`. @returns how many. */
  wakeDueRetries(term: LeaderTerm, now: Date, limit: number): Promise<number>;

  /** Outbox rows that were not published, or published longer ago than `republishAfterMs` and still not claimed. */
  listUnclaimedAttempts(republishAfterMs: number, limit: number): Promise<readonly QueuedAttempt[]>;
  /** What runs for an open session: an answer of `applySchedule` that was lost may have had attempts that nobody was told of. */
  listClaimedAttempts(sessionId: WorkerSessionId): Promise<readonly QueuedAttempt[]>;
  markPublished(attemptIds: readonly AttemptId[]): Promise<void>;

  listWorkerSessions(): Promise<readonly WorkerSessionRecord[]>;
  /** Ends the session of a silent worker; its claimed and running attempts are lost. */
  closeWorkerSession(sessionId: WorkerSessionId): Promise<void>;
  /** Running attempts whose worker session is closed. */
  listLostAttempts(limit: number): Promise<readonly LostAttempt[]>;
  /** Puts a lost attempt's task instance back for a new attempt, or ends it as failed; its user retries are not touched. `losses` grows unless the worker has left. */
  resolveLostAttempt(term: LeaderTerm, lost: LostAttempt, to: "scheduled" | "failed", reason: string): Promise<boolean>;
  /** Deadlines that are due: those of runs that ended in time go, the others are missed and noted in the audit log. @returns the missed ones */
  missDeadlines(
    term: LeaderTerm,
    now: Date,
    limit: number,
  ): Promise<readonly { readonly dagId: string; readonly runId: string; readonly name: string }[]>;
  /** Running runs whose `runTimeoutMs` has passed become failed, their unfinished tasks skipped; running attempts are superseded. */
  timeOutRuns(term: LeaderTerm, now: Date): Promise<readonly DagRunKey[]>;
}
