import type { JsonObject, JsonValue } from "@polyflow/contracts";
import type { MappedInput } from "@polyflow/contracts/wire";
import { toJson } from "../json-conversion.ts";
import type { TaskContext } from "../task-context.ts";
import { FailTask } from "../task-errors.ts";
import { renderTemplate } from "../templates/render-template.ts";
import type { TaskDefinition } from "./definition.ts";

type Input = { readonly [name: string]: unknown };

const LONGEST_NAME = 250;

/** The input of an instance of a mapped task: the author's functions are applied to its elements. @throws what such a function throws */
export async function withElements(task: TaskDefinition, input: Input, mapped: MappedInput): Promise<Input> {
  if (mapped.isMissing === true)
    throw new FailTask("What the task is mapped over was made anew and has no element for this instance any more.");
  const elements: { [name: string]: unknown } = { ...mapped.elements };
  let { kwargs } = mapped;
  for (const { input: name, path, function: number } of mapped.calls) {
    const change = task.mapFunctions?.[number];
    if (change === undefined) throw new FailTask("A function that changes elements is not there: describe the same tasks each time.");
    if (name === null) kwargs = await changeAt(kwargs, path, change);
    else elements[name] = await changeAt(elements[name], path, change);
  }
  const values: { [name: string]: unknown } = { ...input };
  for (const [name, { element, path }] of Object.entries(mapped.inputs)) values[name] = valueAt(elements[element], path);
  return kwargs === undefined ? values : { ...values, ...requireObject(kwargs) };
}

/** What people call the instance; undefined: nothing was said of it. */
export async function nameOfInstance(task: TaskDefinition, input: Input, context: TaskContext): Promise<string | undefined> {
  const { mapIndexTemplate } = task;
  if (mapIndexTemplate === undefined) return undefined;
  const inputs = toJson(input, "inputs") as JsonObject;
  const name =
    typeof mapIndexTemplate === "function"
      ? mapIndexTemplate(inputs)
      : await renderTemplate(mapIndexTemplate, context, { where: "mapIndexTemplate", names: { inputs } });
  return String(name).slice(0, LONGEST_NAME);
}

async function changeAt(value: unknown, path: readonly number[], change: (element: never) => unknown): Promise<unknown> {
  const [first, ...rest] = path;
  // the elements are what the author's types say: they were JSON, or came out of a function of the author's
  if (first === undefined) return change(value as never);
  if (!Array.isArray(value)) return value;
  const copy: unknown[] = [...value];
  copy[first] = await changeAt(copy[first], rest, change);
  return copy;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return null;
    current = (current as { readonly [name: string]: unknown })[key];
  }
  return current;
}

function requireObject(kwargs: unknown): { readonly [name: string]: unknown } {
  if (typeof kwargs === "object" && kwargs !== null && !Array.isArray(kwargs)) return kwargs as { readonly [name: string]: JsonValue };
  throw new FailTask(`expandKwargs: each element must be an object with the inputs of an instance, not ${JSON.stringify(kwargs)}.`);
}
