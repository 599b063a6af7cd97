import { currentDraft, type TaskMarks } from "./dag-draft.ts";
import type { Jsonified } from "./json-conversion.ts";
import { checkKnown } from "./option-checks.ts";
import { invalidDag, within } from "./invalid-dag.ts";
import { each, type MapOver } from "./map-source.ts";
import type { TaskContext } from "./task-context.ts";
import { createTaskHandle, type TaskHandle, type Wired } from "./task-handle.ts";
import { given, TASK_OPTIONS, type TaskOptions } from "./task-options.ts";

/** Input of a task that takes none. */
export type NoInput = Readonly<Record<never, never>>;

/** The input as JSON can carry it: a Date or a function in an input's type is an error of the author. */
export type JsonInput<Input> = { readonly [Name in keyof Input]: Jsonified<Input[Name]> };

/** What a task runs: gets its input and the context of the attempt, gives its output. */
export type TaskFunction<Input, Output> = (input: Input, context: TaskContext) => Output | Promise<Output>;

/** Sources for the inputs over which a task is mapped. */
export type MappedInput<Input> = { readonly [Name in keyof Input]: MapOver<Input[Name]> };

/** What is still to be given to a task that is mapped. */
export interface MappableTask<Input, Output> {
  /**
   * An instance of the task for each element; of several inputs for each combination, those of the last one change fastest. The output is the
   * list of all outputs.
   * @example copy.expand({ table: ["orders", "items"], day: days() });
   */
  expand(inputs: MappedInput<Input>): TaskHandle<readonly Output[]>;
  /**
   * An instance for each element, whose properties are the inputs.
   * @example copy.expandKwargs([{ table: "orders", day: 1 }, { table: "items", day: 2 }]);
   */
  expandKwargs(source: MapOver<Partial<Input>>): TaskHandle<readonly Output[]>;
}

/** Adds the task to the DAG that is being described and gives a handle of its output. */
export interface TaskFactory<Input, Output> extends MappableTask<Input, Output> {
  (...input: NoInput extends Input ? [input?: Wired<Input>] : [input: Wired<Input>]): TaskHandle<Output>;
  /**
   * The same task with other options, such as another id to use it twice in one DAG.
   * @example copy.with({ id: "copy_orders", retries: 3 })({ table: "orders" });
   */
  with(options: Partial<TaskOptions>): TaskFactory<Input, Output>;
  /**
   * Gives the inputs that are the same for all instances of a mapped task.
   * @example copy.partial({ target: "stage" }).expand({ table: tables() });
   */
  partial<Given extends Partial<Wired<Input>>>(input: Given): MappableTask<Omit<Input, keyof Given>, Output>;
}

/** What a kind of task adds to its description. */
export interface TaskKind extends TaskMarks {
  readonly operator: string;
  readonly skipsDownstream?: "direct" | "all";
}

/**
 * Describes a task that runs a function. Calling the result within `dag()` adds the task; tasks whose outputs it takes as inputs run before it.
 *
 * The function runs in a task process, with its input as JSON values; what it returns is its output and must be JSON, too
 * (Dates become ISO strings). What it throws fails the try; see `SkipTask` and `FailTask` for other endings.
 *
 * @param idOrOptions id of the task, or its options
 * @example
 * const extract = task({ id: "extract", retries: 2, retryDelay: "30s" }, async (_input: {}, ctx) => {
 *   ctx.log.info("reading");
 *   return { path: "x.csv", rows: 3 };
 * });
 * const double = task("double", (input: { rows: number }) => input.rows * 2);
 *
 * export const example = dag({ id: "example" }, () => {
 *   double({ rows: extract().get("rows") });
 * });
 */
export function task<Input extends JsonInput<Input> = NoInput, Output = unknown>(
  idOrOptions: string | TaskOptions,
  run: TaskFunction<Input, Output>,
): TaskFactory<Input, Jsonified<Output>> {
  return describeTask<Input, Jsonified<Output>>(idOrOptions, run, { operator: "function" });
}

/** See `task`; for kinds of tasks that say more of themselves. */
export function describeTask<Input, Output>(
  idOrOptions: string | TaskOptions,
  run: TaskFunction<Input, unknown>,
  kind: TaskKind,
): TaskFactory<Input, Output> {
  const options: TaskOptions = typeof idOrOptions === "string" ? { id: idOrOptions } : idOrOptions;
  within(`task "${String(options.id)}"`, () => checkKnown(options, TASK_OPTIONS));
  if (typeof run !== "function")
    throw invalidDag(`task "${options.id}" has no function to run: task("${options.id}", async (input) => { … }).`);
  const add = <Result>(inputs: object, kwargs?: { readonly source: unknown }): TaskHandle<Result> => {
    const added = currentDraft(options.id).addTask({
      ...kind,
      options,
      inputs,
      ...(kwargs === undefined ? {} : { kwargs }),
      details: {},
      // the inputs were checked against Input by the compiler, and against JSON when the DAG was described
      execute: async (values, context) => run(values as Input, context),
    });
    return createTaskHandle(added);
  };
  const mappable = (given: object): MappableTask<never, Output> => ({
    expand: (inputs: object) => {
      const sources = Object.entries(inputs);
      if (sources.length === 0)
        throw invalidDag(`task "${options.id}": over what is it mapped? Give at least one input: expand({ file: files() }).`);
      return add({ ...given, ...Object.fromEntries(sources.map(([name, source]) => [name, each(source)])) });
    },
    expandKwargs: (source: unknown) => add(given, { source }),
  });
  return Object.assign((input: object = {}) => add<Output>(input), mappable({}), {
    with: (other: Partial<TaskOptions>) => describeTask<Input, Output>({ ...options, ...given(other) }, run, kind),
    partial: mappable,
  });
}
