import type { InputSpec, JsonValue } from "@polyflow/contracts";

/**
 * Values of a task's inputs. An upstream task without an output (skipped, failed, returned nothing) gives null, as does a path that
 * leads nowhere: the trigger rule has said that the task may run all the same.
 * @param outputs by task id
 * @param elements of the mapped group's instance, by name
 * @example resolveInputs({ rows: { kind: "output", taskId: "load", path: ["count"] } }, new Map([["load", { count: 3 }]])); // { rows: 3 }
 */
export function resolveInputs(
  inputs: { readonly [name: string]: InputSpec },
  outputs: ReadonlyMap<string, JsonValue | undefined>,
  elements: { readonly [name: string]: JsonValue } = {},
): { [name: string]: JsonValue } {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, resolveInput(input, outputs, elements)]));
}

function resolveInput(
  input: InputSpec,
  outputs: ReadonlyMap<string, JsonValue | undefined>,
  elements: { readonly [name: string]: JsonValue },
): JsonValue {
  if (input.kind === "constant") return input.value;
  let value: JsonValue = (input.kind === "element" ? ownProperty(elements, input.name) : outputs.get(input.taskId)) ?? null;
  for (const key of input.path ?? []) value = ownProperty(value, key);
  return value;
}

/** Only what the JSON holds itself: `constructor` and the like are no outputs. */
function ownProperty(container: JsonValue, key: string): JsonValue {
  if (typeof container !== "object" || container === null || !Object.hasOwn(container, key)) return null;
  const value: JsonValue | undefined = Reflect.get(container, key);
  return value ?? null;
}
