import { invalidDag } from "./invalid-dag.ts";
import { eachOf, mapped } from "./map-source.ts";
import type { OutputHandle } from "./output-handle.ts";
import { makeOrderable, type Orderable, type OrderedTask, orderMethods, type OutputReference } from "./order.ts";

/** An output of whatever type. */
export interface AnyOutput {
  get(property: never): unknown;
}

/** A task of the DAG that is being described. Give it to other tasks as an input, or put it in order with `chain`, `before`, `after`. */
export interface TaskHandle<Output = unknown> extends OutputHandle<Output>, Orderable {
  readonly taskId: string;
}

/** Input of a task: each property a constant that JSON can carry, or the output of another task of the right type. */
export type Wired<Input> = { readonly [Name in keyof Input]: Input[Name] | OutputHandle<Input[Name]> };

const references = new WeakMap<object, OutputReference>();

/** Where the handle leads; undefined when the value is no handle. */
export function referenceOf(value: unknown): OutputReference | undefined {
  return typeof value === "object" && value !== null ? references.get(value) : undefined;
}

/** An element that an instance of a mapped group is for, or a part of it. */
export interface ElementReference {
  readonly dag: object;
  readonly group: string;
  readonly name: string;
  readonly path: readonly string[];
}

const elementReferences = new WeakMap<object, ElementReference>();

/** Which element of a mapped group the handle is; undefined when it is none. */
export function elementOf(value: unknown): ElementReference | undefined {
  return typeof value === "object" && value !== null ? elementReferences.get(value) : undefined;
}

/** A handle of an element of a mapped group. */
export function createElementHandle<Element>(reference: ElementReference): OutputHandle<Element> {
  const handle: OutputHandle<Element> = {
    get: (property) => createElementHandle({ ...reference, path: [...reference.path, String(property)] }),
    map() {
      throw invalidDag(`"${reference.name}" is one element of the mapped group "${reference.group}": nothing can be mapped over it.`);
    },
  };
  elementReferences.set(handle, reference);
  return handle;
}

/**
 * Constants and outputs (elements of mappings among them) of a wired input apart: templates are rendered in what the author wrote, never in
 * what other tasks returned.
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
    if (isHandle(value)) outputs.push([name, value as OutputHandle<Value>]);
    else constants.push([name, value as Value]);
  }
  return { constants: Object.fromEntries(constants), outputs: Object.fromEntries(outputs) };
}

function isHandle(value: unknown): boolean {
  return referenceOf(value) !== undefined || elementOf(value) !== undefined || eachOf(value) !== undefined;
}

/** Makes the handle that a task's call returns. */
export function createTaskHandle<Output>(task: OrderedTask): TaskHandle<Output> {
  const handle: TaskHandle<Output> = {
    taskId: task.reference.taskId,
    get: (property) => createOutputHandle({ ...task.reference, path: [String(property)] }),
    map: (change) => mapped(handle, change),
    ...orderMethods(() => handle),
  };
  references.set(handle, task.reference);
  makeOrderable(handle, { starts: () => [task], ends: () => [task] });
  return handle;
}

function createOutputHandle<Output>(reference: OutputReference): OutputHandle<Output> {
  const handle: OutputHandle<Output> = {
    get: (property) => createOutputHandle({ ...reference, path: [...reference.path, String(property)] }),
    map: (change) => mapped(handle, change),
  };
  references.set(handle, reference);
  return handle;
}
