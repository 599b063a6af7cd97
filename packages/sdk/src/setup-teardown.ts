import { markedTask } from "./dag-draft.ts";
import { order } from "./order.ts";
import { describeTask, type JsonInput, type NoInput, type TaskFactory, type TaskFunction } from "./task.ts";
import type { Jsonified } from "./json-conversion.ts";
import type { TaskHandle } from "./task-handle.ts";
import type { TaskOptions } from "./task-options.ts";

/** Options of a teardown. */
export interface TeardownOptions {
  /** Whether the run fails when the teardown does. Default false: a teardown does not decide how a run ends. */
  readonly onFailureFailDagRun?: boolean;
}

/** Options of `asTeardown`. */
export interface AsTeardownOptions extends TeardownOptions {
  /** Setups whose work it takes away: they are put before it. */
  readonly setups?: TaskHandle | readonly TaskHandle[];
}

/**
 * Describes a task that makes what other tasks use (a table, a cluster). Clearing one of these runs it again, and its teardown, too.
 * @example chain(makeCluster(), work(), removeCluster());
 */
export function setup<Input extends JsonInput<Input> = NoInput, Output = unknown>(
  idOrOptions: string | TaskOptions,
  run: TaskFunction<Input, Output>,
): TaskFactory<Input, Jsonified<Output>> {
  return describeTask<Input, Jsonified<Output>>(idOrOptions, run, { operator: "function", role: "setup" });
}

/**
 * Describes a task that takes away what a setup made: it runs when all before it are done, however they ended, if a setup among them
 * succeeded. It does not decide how the run ends unless it is told to.
 */
export function teardown<Input extends JsonInput<Input> = NoInput, Output = unknown>(
  idOrOptions: string | (TaskOptions & TeardownOptions),
  run: TaskFunction<Input, Output>,
): TaskFactory<Input, Jsonified<Output>> {
  const { onFailureFailDagRun = false, ...options } = typeof idOrOptions === "string" ? { id: idOrOptions } : idOrOptions;
  return describeTask<Input, Jsonified<Output>>(options, run, { operator: "function", role: "teardown", onFailureFailDagRun });
}

/** Makes a task, for example one of an operator, a setup. @example asSetup(sql({ id: "make_table", … })) */
export function asSetup<Handle extends TaskHandle>(task: Handle): Handle {
  markedTask(task).mark({ role: "setup" });
  return task;
}

/** Makes a task a teardown. @example asTeardown(sql({ id: "drop_table", … }), { setups: makeTable }) */
export function asTeardown<Handle extends TaskHandle>(task: Handle, options: AsTeardownOptions = {}): Handle {
  markedTask(task).mark({ role: "teardown", onFailureFailDagRun: options.onFailureFailDagRun ?? false });
  const setups = Array.isArray(options.setups) ? options.setups : options.setups === undefined ? [] : [options.setups];
  for (const made of setups) asSetup(made);
  order(setups, [task]);
  return task;
}
