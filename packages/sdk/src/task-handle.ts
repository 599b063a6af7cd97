import { invalidDag } from "./invalid-dag.ts";

/** Carries the type of an output; exists for the compiler only. */
declare const OUTPUT: unique symbol;

/** What can be taken out of an output with `get`: an element of a list, a property of an object. */
export type PropertyOf<Value> = Value extends readonly unknown[] ? number : keyof Value & string;

/** The future output of a task, or a part of it: give it to another task as an input. */
export interface OutputHandle<Output> {
  readonly [OUTPUT]?: Output;
  /**
   * One property of the output.
   * @example const rows = file.get("rows"); // OutputHandle<number>
   */
  get<Property extends PropertyOf<Output>>(property: Property): OutputHandle<Output[Property & keyof Output]>;
}

/** An output of whatever type. */
export interface AnyOutput {
  get(property: never): unknown;
}

/** A task of the DAG that is being described. Give it to other tasks as an input, or put it in order with `chain`, `before`, `after`. */
export interface TaskHandle<Output = unknown> extends OutputHandle<Output> {
  readonly taskId: string;
  /** The given tasks start after this one. */
  before(...tasks: readonly TaskHandle[]): void;
  /** This task starts after the given ones. */
  after(...tasks: readonly TaskHandle[]): void;
}

/** Input of a task: each property a constant that JSON can carry, or the output of another task of the right type. */
export type Wired<Input> = { readonly [Name in keyof Input]: Input[Name] | OutputHandle<Input[Name]> };

/** Where a handle leads: a task of a DAG and a path into its output. */
export interface OutputReference {
  readonly dag: object;
  readonly taskId: string;
  readonly path: readonly string[];
}

/** A task whose order can be told. */
export interface OrderedTask {
  readonly reference: OutputReference;
  addUpstream(upstream: OutputReference): void;
}

const references = new WeakMap<object, OutputReference>();
const orderedTasks = new WeakMap<object, OrderedTask>();

/** Where the handle leads; undefined when the value is no handle. */
export function referenceOf(value: unknown): OutputReference | undefined {
  return typeof value === "object" && value !== null ? references.get(value) : undefined;
}

/**
 * Constants and outputs of a wired input apart: templates are rendered in what the author wrote, never in what other tasks returned.
 * @example splitWired({ day: "{{ ds }}", file: extract().get("path") }); // constants: day; outputs: file
 */
export function splitWired<Value>(wired: { readonly [name: string]: Value | AnyOutput }): {
  readonly constants: { readonly [name: string]: Value };
  readonly outputs: { readonly [name: string]: OutputHandle<Value> };
} {
  const constants: [string, Value][] = [];
  const outputs: [string, OutputHandle<Value>][] = [];
  for (const [name, value] of Object.entries(wired)) {
    // what is no handle is a constant, and of which type an output is, the operator that takes it declares
    if (referenceOf(value) === undefined) constants.push([name, value as Value]);
    else outputs.push([name, value as OutputHandle<Value>]);
  }
  return { constants: Object.fromEntries(constants), outputs: Object.fromEntries(outputs) };
}

/** The task behind a handle; undefined when the value is no handle of a whole task. */
export function orderedTaskOf(value: unknown): OrderedTask | undefined {
  return typeof value === "object" && value !== null ? orderedTasks.get(value) : undefined;
}

/** Says that the tasks of `later` start after those of `earlier`. */
export function order(earlier: readonly unknown[], later: readonly unknown[]): void {
  const before = earlier.map(requireTask);
  for (const task of later.map(requireTask)) {
    for (const { reference } of before) task.addUpstream(reference);
  }
}

/** Makes the handle that a task's call returns. */
export function createTaskHandle<Output>(task: OrderedTask): TaskHandle<Output> {
  const handle: TaskHandle<Output> = {
    taskId: task.reference.taskId,
    get: (property) => createOutputHandle({ ...task.reference, path: [String(property)] }),
    before: (...tasks) => order([handle], tasks),
    after: (...tasks) => order(tasks, [handle]),
  };
  references.set(handle, task.reference);
  orderedTasks.set(handle, task);
  return handle;
}

function createOutputHandle<Output>(reference: OutputReference): OutputHandle<Output> {
  const handle: OutputHandle<Output> = {
    get: (property) => createOutputHandle({ ...reference, path: [...reference.path, String(property)] }),
  };
  references.set(handle, reference);
  return handle;
}

function requireTask(value: unknown): OrderedTask {
  const task = orderedTaskOf(value);
  if (task !== undefined) return task;
  const what = value === null ? "null" : typeof value;
  throw invalidDag(
    what === "function"
      ? "A task was not called: write chain(extract(), load()), not chain(extract, load)."
      : `Only tasks can be put in order, not ${what}.`,
  );
}
