import type { CallbackKind, FinishedRunState, JsonObject, JsonValue, LoadReport, LogLine, TaskInstanceState } from "@polyflow/contracts";
import type { AssetUpdate } from "@polyflow/contracts/wire";

/** What became of one task instance. */
export interface TaskTestRun {
  readonly taskId: string;
  /** From 0 for instances of a mapped task, else -1. */
  readonly mapIndex: number;
  /** What an instance of a mapped task is called, where its task says so. */
  readonly mapName: string | undefined;
  readonly state: TaskInstanceState;
  /** How often it was tried; 0 when it never started. */
  readonly tries: number;
  readonly output: JsonValue | undefined;
  /** Why it failed, was skipped or never started. */
  readonly reason: string | null;
  /** Of the error of its last try. */
  readonly stack: string | undefined;
  /** Its fields as its last try rendered them; undefined for a task without templated fields. */
  readonly renderedFields: JsonObject | undefined;
  readonly log: readonly LogLine[];
  readonly loadReports: readonly LoadReport[];
  /** Which assets its success updated, with what it said of each. */
  readonly assetUpdates: readonly AssetUpdate[];
}

/** A callback that was called, and what came of it. */
export interface CallbackTestRun {
  readonly kind: Exclude<CallbackKind, "deadline">;
  readonly name: string;
  /** Undefined: it is about the run. */
  readonly taskId: string | undefined;
  readonly mapIndex: number;
  readonly state: "success" | "failed";
  readonly attempts: number;
  /** What its last attempt threw. */
  readonly error: string | undefined;
  readonly log: readonly LogLine[];
}

/** What became of a run in memory. */
export interface DagTestRun {
  readonly dagId: string;
  readonly runId: string;
  readonly state: FinishedRunState;
  readonly reason: string | null;
  /** Every task instance, in topological order, those of a mapped task by index. */
  readonly tasks: readonly TaskTestRun[];
  /** The callbacks of its tasks and of the DAG, in the order in which they were called. Deadlines play no part. */
  readonly callbacks: readonly CallbackTestRun[];
  /** One task; of a mapped one the instance with this index, by default the first. @throws when there is none */
  task(taskId: string, mapIndex?: number): TaskTestRun;
}
