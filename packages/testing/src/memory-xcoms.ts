import type { JsonValue } from "@polyflow/contracts";
import type { XComAccess } from "@polyflow/sdk";
import { toJson } from "@polyflow/sdk/runtime";

/** Outputs of a run in memory, by task and key. */
export type MemoryXComs = Map<string, JsonValue>;

/** `ctx.xcom` of a run in memory: of this run alone, since there is no other. */
export function memoryXComs(xcoms: MemoryXComs, taskId: string): XComAccess {
  return {
    async push(key, value) {
      xcoms.set(keyOf(taskId, key), toJson(value, `xcom "${key}"`));
    },
    async pull<Value extends JsonValue>(from: string, { key = "return_value" }: Parameters<XComAccess["pull"]>[1] = {}) {
      // What the author says of its shape is the author's own word.
      return xcoms.get(keyOf(from, key)) as Value | undefined;
    },
  };
}

/** What a task returned is there under `return_value`. */
export function keepOutput(xcoms: MemoryXComs, taskId: string, output: JsonValue | undefined): void {
  if (output !== undefined) xcoms.set(keyOf(taskId, "return_value"), output);
}

function keyOf(taskId: string, key: string): string {
  return JSON.stringify([taskId, key]);
}
