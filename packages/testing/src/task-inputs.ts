import type { InputSpec, JsonValue } from "@polyflow/contracts";

/** Values of a task's inputs. A task without an output (skipped, failed, returned nothing) gives null, as does a path that leads nowhere. */
export function taskInputs(
  inputs: { readonly [name: string]: InputSpec },
  outputs: ReadonlyMap<string, JsonValue | undefined>,
): { readonly [name: string]: JsonValue } {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, taskInput(input, outputs)]));
}

function taskInput(input: InputSpec, outputs: ReadonlyMap<string, JsonValue | undefined>): JsonValue {
  if (input.kind === "constant") return input.value;
  let value: JsonValue = outputs.get(input.taskId) ?? null;
  for (const key of input.path ?? []) value = ownProperty(value, key);
  return value;
}

function ownProperty(container: JsonValue, key: string): JsonValue {
  if (typeof container !== "object" || container === null || !Object.hasOwn(container, key)) return null;
  const value: JsonValue | undefined = Reflect.get(container, key);
  return value ?? null;
}
