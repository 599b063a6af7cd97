import type { CallbackKind, JsonValue } from "@polyflow/contracts";
import type { TaskContext } from "./task-context.ts";
import type { XComAccess } from "./xcom-access.ts";

/** What a callback has in common with a task. */
type SharedContext = Pick<
  TaskContext,
  | "dagId"
  | "runId"
  | "mapIndex"
  | "tryNumber"
  | "runType"
  | "logicalDate"
  | "dataIntervalStart"
  | "dataIntervalEnd"
  | "runAfter"
  | "params"
  | "conf"
  | "projectDir"
  | "log"
  | "signal"
  | "now"
  | "sleep"
  | "connection"
  | "variable"
  | "sql"
  | "files"
>;

/** What a callback gets: what happened, to what, and the means of a task. */
export interface CallbackContext extends SharedContext {
  /** What it was called for. */
  readonly event: CallbackKind;
  /** The task that it is about; undefined: it is about the run. */
  readonly taskId: string | undefined;
  /** Of the task, when it happened; 0 for a run. */
  readonly tryNumber: number;
  /** Number of the last try that the task may have; 0 for a run. */
  readonly maxTries: number;
  /** What the task instance or the run had become: `"failed"`, `"up_for_retry"`, `"success"` … */
  readonly state: string;
  /** State of the run, when the callback was started. */
  readonly runState: string;
  /** Why: the message of the error that the task failed with. */
  readonly error: string | undefined;
  /** When it happened. */
  readonly at: Date;
  /** Start and end of the task instance, or of the run. */
  readonly startDate: Date | undefined;
  readonly endDate: Date | undefined;
  /** Of a run: tasks that have failed in it. */
  readonly failedTasks: readonly string[];
  /** Set when a run has missed it. */
  readonly deadline: { readonly name: string; readonly dueAt: Date } | undefined;
  /** Outputs of the run's tasks. */
  readonly xcom: Pick<XComAccess, "pull">;
  /**
   * Renders the Jinja templates in a text, list or object. Beside the names of tasks' templates they know `event`, `state`, `error`,
   * `failed_tasks`, `task_id`, `try_number`, `deadline` and `run_state`.
   * @example await context.render("{{ dag.dag_id }} {{ state }}: {{ error }}")
   */
  render<Value extends JsonValue>(value: Value): Promise<Value>;
}
