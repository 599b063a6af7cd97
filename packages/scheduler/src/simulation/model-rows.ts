import type {
  AttemptId,
  DagRunKey,
  DagRunState,
  DagSpec,
  DagVersionId,
  JsonValue,
  TaskInstanceId,
  TaskInstanceState,
  TaskSpec,
  WorkerSessionId,
} from "@polyflow/contracts";
import type { NewRun, NextRun } from "@polyflow/store";

export interface ModelPool {
  /** Negative: without limit. */
  readonly slots: number;
  readonly includeDeferred: boolean;
}

/** A time by which a run should have ended. */
export interface ModelDeadline {
  readonly run: ModelRun;
  readonly name: string;
  readonly dueAtMs: number;
  /** How often it was said to be missed. */
  notices: number;
}

export interface ModelDag {
  readonly dagId: string;
  readonly versionId: DagVersionId;
  readonly spec: DagSpec;
  isPaused: boolean;
  nextRun: NextRun | null;
  wasAsked: boolean;
}

export interface ModelRun {
  readonly runKey: DagRunKey;
  readonly dagId: string;
  versionId: DagVersionId;
  /** The version that it was made of. */
  readonly bornVersionId: DagVersionId;
  readonly request: NewRun;
  state: DagRunState;
  startDate: Date | null;
  endDate: Date | null;
  backfillId: number | null;
}

export interface ModelTask {
  readonly taskInstanceId: TaskInstanceId;
  readonly run: ModelRun;
  readonly spec: TaskSpec;
  /** −1 until a mapped task gets its instances. */
  mapIndex: number;
  output: JsonValue | undefined;
  /** An attempt was claimed since the task was last cleared. */
  hasRun: boolean;
  /** How often it was cleared. */
  clears: number;
  state: TaskInstanceState;
  tryNumber: number;
  maxTries: number;
  losses: number;
  attemptId: AttemptId | null;
  sessionId: WorkerSessionId | null;
  /** Heartbeats of the session before the attempt was claimed. */
  startedAtBeat: number;
  nextRetryAt: Date | null;
  skips: readonly string[] | null;
  /** The try has begun and goes on after a wait. */
  isInWait: boolean;
  /** Waits of this try so far. */
  looks: number;
  /** While it is deferred: what fires it. */
  waitId: string | null;
  /** When the try began. */
  tryStartedAtMs: number | null;
  /** Attempts that were made good: lost ones, and those that a worker left behind. */
  madeGood: number;
  madeGoodLosses: number;
  /** Try numbers that were given out, waits included. */
  readonly issued: number[];
  /** Set by a user. */
  mark: "success" | "failed" | undefined;
}

export interface ModelOutboxRow {
  readonly attemptId: AttemptId;
  readonly task: ModelTask;
  publishedAtMs: number | null;
}
