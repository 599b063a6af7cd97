import type { FinishedRunState, JsonObject, JsonValue, LoadReport, LogLine, TaskInstanceState } from "@polyflow/contracts";

/** What became of one task. */
export interface TaskTestRun {
  readonly taskId: string;
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
}

/** What became of a run in memory. */
export interface DagTestRun {
  readonly dagId: string;
  readonly runId: string;
  readonly state: FinishedRunState;
  readonly reason: string | null;
  /** Every task, in topological order. */
  readonly tasks: readonly TaskTestRun[];
  /** One task. @throws when the DAG has no such task */
  task(taskId: string): TaskTestRun;
}
