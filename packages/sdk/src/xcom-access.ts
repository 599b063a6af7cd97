import type { JsonValue } from "@polyflow/contracts";

/** Which output `ctx.xcom.pull` reads. */
export interface XComPullOptions {
  /** Default `"return_value"`: what the task returned. */
  readonly key?: string;
  /** One instance of a mapped task; without it the values of all instances as a list. */
  readonly mapIndex?: number;
  /** Another run of the DAG. Default: this one. */
  readonly runId?: string;
  /** Another DAG of the same project; `runId` says which of its runs. */
  readonly dagId?: string;
  /** Where the run has no such value: the newest of a run with an earlier logical date. */
  readonly includePriorDates?: boolean;
}

/** Outputs of tasks beside what they return and take as inputs. */
export interface XComAccess {
  /**
   * Keeps a value with this task instance, at once; JSON. A later try starts without it.
   * @example await ctx.xcom.push("watermark", { id: 42 });
   */
  push(key: string, value: unknown): Promise<void>;
  /**
   * Reads a value of a task; undefined when there is none.
   * @example const before = await ctx.xcom.pull<{ id: number }>(ctx.taskId, { key: "watermark", includePriorDates: true });
   */
  pull<Value extends JsonValue = JsonValue>(taskId: string, options?: XComPullOptions): Promise<Value | undefined>;
}
