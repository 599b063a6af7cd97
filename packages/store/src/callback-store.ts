import type {
  AttemptId,
  CallbackKind,
  CallbackSpec,
  CallbackState,
  DagSpec,
  Isolation,
  JsonObject,
  WorkerSessionId,
} from "@polyflow/contracts";
import type { Page } from "./dag-store.ts";

/** A function of an author's that something called, and what became of that. */
export interface CallbackRecord {
  readonly callbackId: string;
  readonly dagId: string;
  readonly runId: string;
  /** Null: it is about the run. */
  readonly taskId: string | null;
  readonly mapIndex: number;
  readonly kind: CallbackKind;
  /** For people: what its author calls it. */
  readonly name: string;
  /** Of kind `deadline`. */
  readonly deadline: string | null;
  /** Of the task, when it happened. */
  readonly tryNumber: number;
  /** What the task instance or the run had become, why, and when. */
  readonly causeState: string;
  readonly error: string | null;
  readonly causedAt: Date;
  readonly state: CallbackState;
  /** Attempts so far, the present one counted. */
  readonly attempts: number;
  /** When the next attempt is due, of one that is scheduled. */
  readonly dueAt: Date;
  readonly hostname: string | null;
  readonly startDate: Date | null;
  readonly endDate: Date | null;
  /** Why its last attempt failed. */
  readonly reason: string | null;
}

export interface CallbackFilter {
  readonly dagId?: string;
  readonly runId?: string;
  readonly taskId?: string;
  readonly mapIndex?: number;
  readonly states?: readonly CallbackState[];
  readonly readableDagIds?: readonly string[];
  readonly limit: number;
  readonly offset: number;
}

/** A callback that a worker has taken, with all that its start needs. */
export interface ClaimedCallback extends Omit<CallbackRecord, "state" | "reason" | "hostname" | "dueAt" | "startDate" | "endDate"> {
  readonly attemptId: AttemptId;
  readonly function: number;
  /** Undefined: its version of the DAG has no such function. */
  readonly callback: CallbackSpec | undefined;
  readonly spec: DagSpec;
  readonly bundleHash: string;
  readonly bundleName: string;
  readonly isolation: Isolation;
  readonly runType: string;
  readonly runState: string;
  readonly logicalDate: Date | null;
  readonly dataIntervalStart: Date | null;
  readonly dataIntervalEnd: Date | null;
  readonly runAfter: Date;
  readonly conf: JsonObject;
  readonly maxTries: number;
  /** Of the task, or the run. */
  readonly startDate: Date | null;
  readonly endDate: Date | null;
  readonly failedTasks: readonly string[];
  readonly deadlineDueAt: Date | null;
}

/** The attempt as the decision about its end needs it. */
export interface RunningCallback {
  readonly failures: number;
  readonly losses: number;
  readonly spec: CallbackSpec | undefined;
}

/** How an attempt at a callback ends. */
export type CallbackAttemptEnd =
  | { readonly to: "success"; readonly reason: string | null }
  | { readonly to: "failed"; readonly reason: string }
  | { readonly to: "scheduled"; readonly reason: string; readonly dueAt: Date; readonly isLoss: boolean };

/** Where the log of an attempt stands. */
export interface CallbackPlace {
  readonly dagId: string;
  readonly runId: string;
  readonly callbackId: string;
  readonly attempt: number;
}

/**
 * Functions that authors want to be called when something becomes of a task or a run. They come into being in the transaction that
 * changes the state, and workers take them; whatever becomes of one never touches its task or run.
 */
export interface CallbackStore {
  /**
   * Gives the session callbacks that are due: new ones, those whose worker is gone, and those that it was given in an answer which it never
   * heard. One that was lost too often fails instead. Undefined: the session is closed.
   * @param claim `attemptIds`: those that the worker has
   */
  claim(
    sessionId: WorkerSessionId,
    claim: { readonly attemptIds: readonly string[]; readonly capacity: number; readonly maxLosses: number },
  ): Promise<readonly ClaimedCallback[] | undefined>;
  /** Undefined: no longer current. */
  getRunning(attemptId: AttemptId): Promise<RunningCallback | undefined>;
  /** False: no longer current. */
  finish(attemptId: AttemptId, end: CallbackAttemptEnd): Promise<boolean>;
  /** Of the newest attempt of a callback, current or not. */
  locate(attemptId: AttemptId): Promise<CallbackPlace | undefined>;
  /** Newest first. */
  list(filter: CallbackFilter): Promise<Page<CallbackRecord>>;
  get(place: { readonly dagId: string; readonly runId: string; readonly callbackId: string }): Promise<CallbackRecord | undefined>;
  /** Has a failed callback called once more, with all its attempts; false: it has not failed. */
  retry(callbackId: string): Promise<boolean>;
}
