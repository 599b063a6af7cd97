import type {
  AssetEvent,
  AssetEventsByName,
  AttemptId,
  DagRunKey,
  DagRunState,
  DagRunType,
  DagSpec,
  Isolation,
  JsonObject,
  JsonValue,
  LoadReport,
  TaskInstanceId,
  WorkerSessionId,
} from "@polyflow/contracts";
import type { WaitEvent, WaitTrigger } from "@polyflow/contracts/wire";

import type { NewAssetEvent } from "./asset-store.ts";

/** A claimed attempt with all that its start needs. */
export interface ClaimedAttempt {
  readonly attemptId: AttemptId;
  readonly taskInstanceId: TaskInstanceId;
  readonly runKey: DagRunKey;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly maxTries: number;
  readonly runType: string;
  readonly logicalDate: Date | null;
  readonly dataIntervalStart: Date | null;
  readonly dataIntervalEnd: Date | null;
  readonly runAfter: Date;
  readonly conf: JsonObject;
  readonly spec: DagSpec;
  readonly bundleHash: string;
  /** Name of the project (bundle) that the DAG belongs to. */
  readonly bundleName: string;
  readonly isolation: Isolation;
  /** Outputs (XCom `return_value`) of upstream tasks that the task's inputs name, by task id. */
  /** What triggered the run; undefined where nothing did. */
  readonly triggeringAssetEvents?: AssetEventsByName;
  readonly upstreamOutputs: { readonly [taskId: string]: JsonValue };
  /** Outputs over which the task, or its group, is mapped, by task id; of mapped tasks the list of their instances' outputs. Empty otherwise. */
  readonly mapOutputs: { readonly [taskId: string]: JsonValue };
  /** Null when the task has not waited since it was last cleared. */
  readonly wait: AttemptWaitRecord | null;
}

/** What a task waited for before this attempt. */
export interface AttemptWaitRecord {
  readonly beganAt: Date;
  readonly waits: number;
  /** Of a deferral that this attempt goes on from; null after a reschedule and in a new try. */
  readonly trigger: WaitTrigger | null;
  readonly state: JsonValue | null;
  readonly timeoutAt: Date | null;
  readonly event: WaitEvent | null;
}

/** A deferred task instance whose trigger is to be watched. The attempt is the one that deferred. */
export interface WatchedWait extends ClaimedAttempt {
  readonly waitId: string;
  readonly wait: AttemptWaitRecord & { readonly trigger: WaitTrigger };
}

/** Which try of its author an attempt is: the same for attempts that are made good since their workers were lost or stopped. */
export interface AuthorsTry {
  readonly taskInstanceId: TaskInstanceId;
  /** How often something of the run was cleared. */
  readonly clearNumber: number;
  /** Grows by no loss, and falls with each retry; counts anew when the task is cleared. */
  readonly retriesLeft: number;
  /** Of the run. */
  readonly runAfter: Date;
}

/** The attempt as the decision about its end needs it. */
export interface RunningAttempt {
  readonly attemptId: AttemptId;
  readonly taskInstanceId: TaskInstanceId;
  readonly runKey: DagRunKey;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  /** Allowed retries: a failure is retried while `tryNumber <= maxTries` (see TaskInstanceRecord). */
  readonly maxTries: number;
  readonly runType: DagRunType;
  readonly logicalDate: Date | null;
  readonly dataIntervalStart: Date | null;
  readonly dataIntervalEnd: Date | null;
  readonly runAfter: Date;
  /** Start of the first of the attempts that the try consists of. */
  readonly tryStartedAt: Date;
  readonly spec: DagSpec;
}

/** What few tasks ask about their attempt. */
export interface AttemptDetailsRecord {
  readonly dagId: string;
  /** Of the task instance, as are the next four; null for a callback of a run. */
  readonly taskId: string | null;
  readonly maxTries: number | null;
  readonly hostname: string | null;
  readonly startDate: Date | null;
  /** Instances of the task in the run that are mapped and not removed. */
  readonly instances: number;
  readonly queuedAt: Date;
  readonly runStartDate: Date | null;
  readonly spec: DagSpec;
  /** The newest successful run with an earlier logical date; instants in ISO 8601. */
  readonly previousSuccess: {
    readonly runId: string;
    readonly logicalDate: string;
    readonly dataIntervalStart: string | null;
    readonly dataIntervalEnd: string | null;
    readonly startDate: string | null;
    readonly endDate: string | null;
  } | null;
}

/** How an attempt ends; `output` is stored as XCom `return_value` in the same transaction. */
export type AttemptEnd = { readonly mapName?: string | undefined } & AttemptEndState;

type AttemptEndState =
  /** `skips`: tasks after it that are skipped; kept with the task instance, so that they are skipped again when they alone are cleared. */
  | {
      readonly to: "success";
      readonly output: JsonValue | undefined;
      readonly skips?: readonly string[];
      /** Updates that are written with the end, in one transaction. */
      readonly assets?: readonly NewAssetEvent[];
    }
  | { readonly to: "skipped"; readonly reason: string | null }
  | { readonly to: "failed"; readonly reason: string }
  | { readonly to: "up_for_retry"; readonly reason: string; readonly nextRetryAt: Date }
  | { readonly to: "up_for_reschedule"; readonly wakeAt: Date }
  | {
      readonly to: "deferred";
      readonly trigger: WaitTrigger;
      readonly state: JsonValue | undefined;
      readonly timeoutAt: Date | null;
      readonly wakeAt: Date | null;
    };

/** Runs of a DAG that a task asks for: by id, or by logical dates; `taskIds`: whose states it wants. */
export interface RunQuery {
  readonly dagId: string;
  readonly runId?: string;
  readonly logicalDates?: readonly Date[];
  readonly taskIds: readonly string[];
}

export interface FoundRunRecord {
  readonly runId: string;
  readonly logicalDate: Date | null;
  readonly state: DagRunState;
  /** Of each task that was asked for and that the run has: how many instances are in which state. */
  readonly tasks: { readonly [taskId: string]: { readonly [state: string]: number } };
}

/** What the Execution API asks of the store. All by compare-and-set on the attempt id. */
export interface ExecutionStore {
  /** Registers a worker; open sessions of the same name are closed, since the name is held by one process at a time. */
  registerWorker(worker: { readonly name: string; readonly hostname: string; readonly slots: number }): Promise<WorkerSessionId>;
  /** @returns which of the attempts are no longer current; undefined when the session is closed. */
  heartbeat(sessionId: WorkerSessionId, counter: number, attemptIds: readonly AttemptId[]): Promise<readonly AttemptId[] | undefined>;
  /** The worker leaves in order; attempts that it leaves behind are started again, and that counts as no loss. */
  closeWorker(sessionId: WorkerSessionId): Promise<void>;
  /**
   * queued → running for this worker; removes the outbox row. Undefined: not queued any more, superseded, or the session is closed.
   * @param options `again`: the worker did not hear the answer to an earlier claim, so that what it has claimed already is answered once more
   */
  claimAttempt(
    attemptId: AttemptId,
    sessionId: WorkerSessionId,
    options?: { readonly again?: boolean },
  ): Promise<ClaimedAttempt | undefined>;
  getRunningAttempt(attemptId: AttemptId): Promise<RunningAttempt | undefined>;
  /** Undefined unless the attempt, of a task or a callback, is at work or deferred. */
  getAttemptDetails(attemptId: AttemptId): Promise<AttemptDetailsRecord | undefined>;
  /** At most 1,000 runs. */
  findRuns(query: RunQuery): Promise<readonly FoundRunRecord[]>;
  /** Undefined unless the attempt runs. */
  getAuthorsTry(attemptId: AttemptId): Promise<AuthorsTry | undefined>;
  /** Whether the attempt runs, or its task instance is deferred by it and watched: it may read connections and variables. */
  isCurrentAttempt(attemptId: AttemptId): Promise<boolean>;
  /**
   * Gives the session deferred task instances to watch that no living session watches. @returns the new ones, and which of `waitIds` are
   * over; undefined when the session is closed.
   */
  claimWaits(
    sessionId: WorkerSessionId,
    claim: { readonly waitIds: readonly string[]; readonly capacity: number },
  ): Promise<{ readonly watch: readonly WatchedWait[]; readonly gone: readonly string[] } | undefined>;
  /** deferred → scheduled, with what the trigger found. False: nobody waits for that any more, or another session watches it. */
  fireWait(sessionId: WorkerSessionId, waitId: string, event: WaitEvent): Promise<boolean>;
  /** running → the end. False: no longer current. */
  finishAttempt(attemptId: AttemptId, end: AttemptEnd): Promise<boolean>;
  /** Where logs of the attempt belong, whether or not it is still current; undefined: never existed. */
  locateAttempt(
    attemptId: AttemptId,
  ): Promise<
    | { readonly dagId: string; readonly runId: string; readonly taskId: string; readonly mapIndex: number; readonly tryNumber: number }
    | undefined
  >;
  /** The newest updates of an asset, newest first. */
  newestAssetEvents(name: string, limit: number): Promise<readonly AssetEvent[]>;
  /** False: no longer current. */
  saveLoadReport(attemptId: AttemptId, report: LoadReport): Promise<boolean>;
  /** Keeps the fields of the attempt's task as they were rendered, in place of those of earlier tries. False: no longer current. */
  saveRenderedFields(attemptId: AttemptId, fields: JsonObject): Promise<boolean>;
}
