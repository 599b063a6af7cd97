import { invalidDag } from "./invalid-dag.ts";

/** A task of a DAG and a path into its output. */
export interface OutputReference {
  readonly dag: object;
  readonly taskId: string;
  readonly path: readonly string[];
}

/** A task whose order can be told. */
export interface OrderedTask {
  readonly reference: OutputReference;
  /** @param label text at the edge, for people */
  addUpstream(upstream: OutputReference, label?: string): void;
}

/** What stands in an order: a task, or a group with the tasks at its beginning and at its end. */
export interface OrderedTasks {
  readonly starts: () => readonly OrderedTask[];
  readonly ends: () => readonly OrderedTask[];
}

/** A task or a group: what `chain`, `before` and `after` put in order. */
export interface Orderable {
  /** The given ones start after this one. */
  before(...others: readonly Orderable[]): void;
  /** This one starts after the given ones. */
  after(...others: readonly Orderable[]): void;
}

const ordered = new WeakMap<object, OrderedTasks>();

/** Makes a handle one that can be put in order. */
export function makeOrderable(handle: object, tasks: OrderedTasks): void {
  ordered.set(handle, tasks);
}

/** The tasks behind a handle; undefined when the value can stand in no order. */
export function orderedTasksOf(value: unknown): OrderedTasks | undefined {
  return typeof value === "object" && value !== null ? ordered.get(value) : undefined;
}

/** `before` and `after` of a handle. */
export function orderMethods(handle: () => object): Orderable {
  return {
    before: (...others) => order([handle()], others),
    after: (...others) => order(others, [handle()]),
  };
}

/** Says that the tasks of `later` start after those of `earlier`. */
export function order(earlier: readonly unknown[], later: readonly unknown[], label?: string): void {
  const before = earlier.flatMap((item) => requireOrdered(item).ends());
  for (const task of later.flatMap((item) => requireOrdered(item).starts())) {
    for (const { reference } of before) task.addUpstream(reference, label);
  }
}

function requireOrdered(value: unknown): OrderedTasks {
  const found = orderedTasksOf(value);
  if (found !== undefined) return found;
  const what = value === null ? "null" : typeof value;
  throw invalidDag(
    what === "function"
      ? "A task was not called: write chain(extract(), load()), not chain(extract, load)."
      : `Only tasks and groups can be put in order, not ${what}.`,
  );
}
