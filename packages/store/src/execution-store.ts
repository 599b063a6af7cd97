import type {
  AttemptId,
  DagRunKey,
  DagRunType,
  DagSpec,
  Isolation,
  JsonObject,
  JsonValue,
  LoadReport,
  TaskInstanceId,
  WorkerSessionId,
} from "@polyflow/contracts";

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
  readonly upstreamOutputs: { readonly [taskId: string]: JsonValue };
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
  readonly spec: DagSpec;
}

/** How an attempt ends; `output` is stored as XCom `return_value` in the same transaction. */
export type AttemptEnd =
  /** `skips`: tasks after it that are skipped; kept with the task instance, so that they are skipped again when they alone are cleared. */
  | { readonly to: "success"; readonly output: JsonValue | undefined; readonly skips?: readonly string[] }
  | { readonly to: "skipped"; readonly reason: string | null }
  | { readonly to: "failed"; readonly reason: string }
  | { readonly to: "up_for_retry"; readonly reason: string; readonly nextRetryAt: Date };

/** What the Execution API asks of the store. All by compare-and-set on the attempt id. */
export interface ExecutionStore {
  /** Registers a worker; open sessions of the same name are closed, since the name is held by one process at a time. */
  registerWorker(worker: { readonly name: string; readonly hostname: string; readonly slots: number }): Promise<WorkerSessionId>;
  /** @returns which of the attempts are no longer current; undefined when the session is closed. */
  heartbeat(sessionId: WorkerSessionId, counter: number, attemptIds: readonly AttemptId[]): Promise<readonly AttemptId[] | undefined>;
  /** The worker leaves in order; attempts that it leaves behind are started again, and that counts as no loss. */
  closeWorker(sessionId: WorkerSessionId): Promise<void>;
  /** queued → running for this worker; removes the outbox row. Undefined: not queued any more, superseded, or the session is closed. */
  claimAttempt(attemptId: AttemptId, sessionId: WorkerSessionId): Promise<ClaimedAttempt | undefined>;
  getRunningAttempt(attemptId: AttemptId): Promise<RunningAttempt | undefined>;
  /** running → the end. False: no longer current. */
  finishAttempt(attemptId: AttemptId, end: AttemptEnd): Promise<boolean>;
  /** Where logs of the attempt belong, whether or not it is still current; undefined: never existed. */
  locateAttempt(
    attemptId: AttemptId,
  ): Promise<
    | { readonly dagId: string; readonly runId: string; readonly taskId: string; readonly mapIndex: number; readonly tryNumber: number }
    | undefined
  >;
  /** False: no longer current. */
  saveLoadReport(attemptId: AttemptId, report: LoadReport): Promise<boolean>;
  /** Keeps the fields of the attempt's task as they were rendered, in place of those of earlier tries. False: no longer current. */
  saveRenderedFields(attemptId: AttemptId, fields: JsonObject): Promise<boolean>;
}
