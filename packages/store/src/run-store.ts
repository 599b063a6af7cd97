import type {
  DagRunKey,
  DagRunState,
  DagRunType,
  DagVersionId,
  JsonObject,
  JsonValue,
  LoadReport,
  TaskInstanceId,
  TaskInstanceState,
  TriggeredBy,
} from "@polyflow/contracts";
import type { Page } from "./dag-store.ts";
import type { DeadLetterFilter, DeadLetterRecord } from "./dead-letter-record.ts";
import type { MissedDeadlineFilter, MissedDeadlineRecord } from "./deadline-record.ts";

export interface DagRunRecord {
  readonly runKey: DagRunKey;
  readonly dagId: string;
  readonly runId: string;
  readonly runType: DagRunType;
  readonly state: DagRunState;
  readonly logicalDate: Date | null;
  readonly dataIntervalStart: Date | null;
  readonly dataIntervalEnd: Date | null;
  readonly runAfter: Date;
  readonly queuedAt: Date;
  readonly startDate: Date | null;
  readonly endDate: Date | null;
  readonly conf: JsonObject;
  readonly note: string | null;
  readonly triggeredBy: TriggeredBy;
  readonly triggeringUser: string | null;
  /** The backfill that it belongs to. */
  readonly backfillId: number | null;
  readonly versionId: DagVersionId;
  readonly versionNumber: number;
}

/** A run to create. Its task instances come from the DAG's current version, in the same transaction. */
export interface NewRun {
  readonly dagId: string;
  readonly runId: string;
  readonly runType: DagRunType;
  readonly logicalDate: Date | null;
  readonly dataIntervalStart: Date | null;
  readonly dataIntervalEnd: Date | null;
  readonly runAfter: Date;
  readonly conf: JsonObject;
  readonly note: string | null;
  readonly triggeredBy: TriggeredBy;
  readonly triggeringUser: string | null;
}

export interface TaskInstanceRecord {
  readonly taskInstanceId: TaskInstanceId;
  readonly runKey: DagRunKey;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly state: TaskInstanceState;
  /** Number of the newest attempt; 0 before the first. */
  readonly tryNumber: number;
  /**
   * Airflow's `max_tries`: how many retries are allowed, not how many attempts. An attempt that fails is retried while
   * `tryNumber <= maxTries`. Grows with a clear (by the tries already made) and with an attempt lost by infrastructure (by one).
   */
  readonly maxTries: number;
  readonly operator: string;
  readonly pool: string;
  readonly poolSlots: number;
  readonly queue: string;
  readonly priorityWeight: number;
  readonly scheduledAt: Date | null;
  readonly queuedAt: Date | null;
  readonly startDate: Date | null;
  readonly endDate: Date | null;
  readonly nextRetryAt: Date | null;
  readonly hostname: string | null;
  readonly note: string | null;
  /** Why it ended as it did, for people; null when there is nothing to say. */
  readonly reason: string | null;
  /** What people call an instance of a mapped task; null: nothing was said of it. */
  readonly mapName: string | null;
}

/** One ended attempt. */
export interface TaskTryRecord {
  readonly tryNumber: number;
  readonly state: TaskInstanceState;
  readonly queuedAt: Date | null;
  readonly startDate: Date | null;
  readonly endDate: Date | null;
  readonly hostname: string | null;
  readonly reason: string | null;
}

export interface TaskInstanceRef {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
}

export interface RunListFilter {
  readonly dagIds?: readonly string[];
  readonly readableDagIds?: readonly string[];
  readonly states?: readonly DagRunState[];
  readonly limit: number;
  readonly offset: number;
  /** Default `-run_after`. */
  readonly orderBy?: "run_after" | "-run_after" | "start_date" | "-start_date";
}

export interface RunSummary {
  readonly dagId: string;
  readonly runId: string;
  readonly runType: DagRunType;
  readonly state: DagRunState;
  readonly runAfter: Date;
  readonly startDate: Date | null;
  readonly endDate: Date | null;
}

/** A column of the grid: a run with the states of its tasks, one entry of each list for each task. */
export interface GridCells {
  readonly runId: string;
  /** Places of the tasks in the list that was asked with. */
  readonly places: readonly number[];
  /** Of several instances the state that most needs a look (TASK_STATES_BY_URGENCY). */
  readonly states: readonly TaskInstanceState[];
  /** Milliseconds from the run's start to the task's; null before it starts. */
  readonly offsetsMs: readonly (number | null)[];
  /** Null while any instance has not ended. */
  readonly durationsMs: readonly (number | null)[];
  /** Most tries of an instance. */
  readonly tries: readonly number[];
  /** More than one when the task is mapped. */
  readonly instances: readonly number[];
}

/** Runs of a DAG that were due on a day. */
export interface RunDay {
  /** `YYYY-MM-DD` in the zone that was asked for. */
  readonly day: string;
  readonly states: { readonly [state: string]: number };
}

export interface XComRecord {
  readonly key: string;
  readonly value: JsonValue;
  readonly at: Date;
}

export interface LoadReportRecord {
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly report: LoadReport;
}

/** Who takes what there is room for, at the moment. */
export interface WaitingFactsRecord {
  /** Running runs of the DAG. */
  readonly activeRunsOfDag: number;
  /** Queued and running task instances of the run. */
  readonly activeTasksOfRun: number;
  /** Queued and running task instances of the DAG, over all its runs. */
  readonly activeTasksOfDag: number;
  /** Queued and running instances of the task, over all runs of the DAG. */
  readonly activeOfTask: number;
  readonly activeOfTaskInRun: number;
  /** Queued and running task instances over all DAGs. */
  readonly activeTasks: number;
  /** Undefined when there is no pool of the task's name. `holders`: who holds most of its slots, at most five. */
  readonly pool:
    | {
        readonly name: string;
        /** −1: without end. */
        readonly slots: number;
        readonly occupied: number;
        readonly holders: readonly { readonly dagId: string; readonly runId: string; readonly taskId: string; readonly slots: number }[];
      }
    | undefined;
}

export interface RunStore {
  /** @throws PolyflowError `dag_not_found`; `dag_run_exists` when (dagId, runId) or (dagId, logicalDate) is taken. */
  createRun(run: NewRun): Promise<DagRunRecord>;
  getRun(dagId: string, runId: string): Promise<DagRunRecord | undefined>;
  listRuns(filter: RunListFilter): Promise<Page<DagRunRecord>>;
  /** The newest `limit` runs of each of the DAGs, newest first, in one query: for the list page. */
  recentRuns(dagIds: readonly string[], limit: number): Promise<ReadonlyMap<string, readonly RunSummary[]>>;
  /** Of the newest run of each of the DAGs: how many task instances are in each state, in one query; DAGs without runs are not in the map. */
  taskStatesOfNewestRuns(dagIds: readonly string[]): Promise<ReadonlyMap<string, { readonly [state: string]: number }>>;
  /** States of the named tasks in the named runs; runs that are not there are missing. */
  gridCells(dagId: string, runIds: readonly string[], taskIds: readonly string[]): Promise<readonly GridCells[]>;
  /** Runs of a DAG by the day on which they were due; days without any are left out. `until` is not in. */
  runsByDay(dagId: string, range: { readonly from: Date; readonly until: Date; readonly timezone: string }): Promise<readonly RunDay[]>;
  /** Replaces the note; nothing else of the run changes. */
  setRunNote(dagId: string, runId: string, note: string | null): Promise<DagRunRecord | undefined>;
  /** Task instances that were given up since infrastructure lost them too often, newest first; clearing one forgets its losses. */
  listDeadLetters(filter: DeadLetterFilter): Promise<Page<DeadLetterRecord>>;
  /** Newest first. */
  listMissedDeadlines(filter: MissedDeadlineFilter): Promise<Page<MissedDeadlineRecord>>;
  deleteRun(dagId: string, runId: string): Promise<boolean>;
  listTaskInstances(dagId: string, runId: string): Promise<readonly TaskInstanceRecord[]>;
  getTaskInstance(ref: TaskInstanceRef): Promise<TaskInstanceRecord | undefined>;
  listTries(ref: TaskInstanceRef): Promise<readonly TaskTryRecord[]>;
  /** Ended attempts of all task instances of a run in one query, oldest first; task instances without one are not in the map. */
  listTriesOfRun(dagId: string, runId: string): Promise<ReadonlyMap<TaskInstanceId, readonly TaskTryRecord[]>>;
  listXComs(ref: TaskInstanceRef): Promise<readonly XComRecord[]>;
  /** The templated fields as the newest try that ran had them, secrets masked; undefined before that, and for tasks without such fields. */
  getRenderedFields(ref: TaskInstanceRef): Promise<JsonObject | undefined>;
  listLoadReports(dagId: string, runId: string): Promise<readonly LoadReportRecord[]>;
  /**
   * Puts finished task instances back to `none` for a new attempt and the run back to `queued`; running ones become `restarting`.
   * Their former attempts stay in the history. @returns what was (or, with `dryRun`, would be) cleared.
   */
  clearTaskInstances(request: ClearRequest): Promise<readonly TaskInstanceRecord[]>;
  /**
   * Sets task instances to success or failed by a user's decision, whatever they are doing: running attempts are superseded. Tasks that
   * had failed because of one that is a success now, and finished runs, are decided anew. @returns what was (or would be) marked.
   */
  markTaskInstances(request: MarkRequest): Promise<readonly TaskInstanceRecord[]>;
  setTaskNote(ref: TaskInstanceRef, note: string | null): Promise<TaskInstanceRecord | undefined>;
  /** Runs of the DAG before or after the given one by logical date, or by `runAfter` where a run has none; nearest first. */
  runIdsAround(dagId: string, runId: string, direction: "past" | "future", limit: number): Promise<readonly string[]>;
  /** What a decision about a waiting task instance needs beside its spec; undefined when it does not exist. */
  waitingFacts(ref: TaskInstanceRef): Promise<WaitingFactsRecord | undefined>;
  /**
   * Sets the run to success or failed by a user's decision: unfinished task instances follow (failed: running → failed, others → skipped).
   * Teardowns that have not run still do; until then the run goes on, and ends by its tasks, which were marked.
   */
  markRun(dagId: string, runId: string, state: "success" | "failed"): Promise<DagRunRecord | undefined>;
}

/** Task instances that an action of a user is about. */
export interface TaskSelection {
  readonly dagId: string;
  readonly runId: string;
  /** Further runs of the DAG; those that are gone are passed over. */
  readonly moreRunIds?: readonly string[];
  /** Undefined: all tasks of the runs. */
  readonly taskIds?: readonly string[];
  /** Instances of mapped tasks; of tasks that are not named here all. */
  readonly mapIndexes?: { readonly [taskId: string]: readonly number[] };
  /** Only tells what the action would touch. */
  readonly dryRun: boolean;
}

export interface ClearRequest extends TaskSelection {
  readonly onlyFailed: boolean;
  /** Only those that are running. */
  readonly onlyRunning?: boolean;
  /** The runs get the newest version of their DAG: tasks that it adds run as well, those that it does not have any more are `removed`. */
  readonly runOnLatestVersion?: boolean;
  /** Refuse to clear what runs. */
  readonly preventRunning?: boolean;
}

export interface MarkRequest extends TaskSelection {
  readonly state: "success" | "failed";
}
