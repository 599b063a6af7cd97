import type { JsonObject, JsonValue } from "@polyflow/contracts";
import { UNMAPPED } from "@polyflow/contracts";
import type { XComAccess } from "@polyflow/sdk";
import { toJson } from "@polyflow/sdk/runtime";

const RETURNED = "return_value";

/** Values of runs before the one in memory, by task and key; what a task returned has the key `return_value`. */
export type EarlierXComs = { readonly [taskId: string]: JsonObject };

interface Instance {
  readonly taskId: string;
  readonly mapIndex: number;
}

/** Outputs of a run in memory: each value belongs to a task instance and a key. */
export class MemoryXComs {
  readonly #values = new Map<string, Map<number, JsonValue>>();
  readonly #earlier: EarlierXComs;

  constructor(earlier: EarlierXComs = {}) {
    this.#earlier = earlier;
  }

  /** A try starts without what an earlier one has kept. */
  forget({ taskId, mapIndex }: Instance): void {
    for (const [key, byIndex] of this.#values) if (taskOf(key) === taskId) byIndex.delete(mapIndex);
  }

  keep({ taskId, mapIndex }: Instance, value: JsonValue | undefined, key = RETURNED): void {
    if (value === undefined) return;
    const place = placeOf(taskId, key);
    const byIndex = this.#values.get(place) ?? new Map<number, JsonValue>();
    this.#values.set(place, byIndex.set(mapIndex, value));
  }

  /** `ctx.xcom` of a task instance. */
  accessOf(instance: Instance): XComAccess {
    return {
      push: async (key, value) => this.keep(instance, toJson(value, `xcom "${key}"`), key),
      pull: async <Value extends JsonValue>(taskId: string, options: Parameters<XComAccess["pull"]>[1] = {}) => {
        const { key = RETURNED, mapIndex, includePriorDates = false } = options;
        const found = this.#find(taskId, key, mapIndex) ?? (includePriorDates ? this.#earlier[taskId]?.[key] : undefined);
        // What the author says of its shape is the author's own word.
        return found as Value | undefined;
      },
    };
  }

  /** Of a mapped task the values of all instances as a list, unless one is asked for. */
  #find(taskId: string, key: string, mapIndex: number | undefined): JsonValue | undefined {
    const byIndex = this.#values.get(placeOf(taskId, key)) ?? new Map<number, JsonValue>();
    if (mapIndex !== undefined) return byIndex.get(mapIndex);
    if (byIndex.size === 0 || byIndex.has(UNMAPPED)) return byIndex.get(UNMAPPED);
    return [...byIndex].toSorted(([left], [right]) => left - right).map(([, value]) => value);
  }
}

function placeOf(taskId: string, key: string): string {
  return JSON.stringify([taskId, key]);
}

function taskOf(place: string): unknown {
  return (JSON.parse(place) as readonly unknown[])[0];
}
