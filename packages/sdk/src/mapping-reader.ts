import { type JsonObject, type JsonValue, type MappingSpec, type MapSource } from "@polyflow/contracts";
import { invalidDag } from "./invalid-dag.ts";
import { sortKeys, toJson } from "./json-conversion.ts";
import { mapDraftOf } from "./map-source.ts";
import type { OutputReference } from "./order.ts";
import { referenceOf } from "./task-handle.ts";

/** A function that changes an element, in the task process. */
export type ElementFunction = (element: never) => unknown;

/** Reads what a task or a group is mapped over; functions are kept by number, outputs are reported to `onOutput`. */
export class MappingReader {
  readonly functions: ElementFunction[] = [];
  readonly #onOutput: (reference: OutputReference) => void;

  constructor(onOutput: (reference: OutputReference) => void) {
    this.#onOutput = onOutput;
  }

  expand(sources: readonly { readonly name: string; readonly source: unknown }[]): MappingSpec {
    return { kind: "expand", inputs: sources.map(({ name, source }) => ({ name, source: this.#read(source, `input "${name}"`) })) };
  }

  expandKwargs(source: unknown): MappingSpec {
    return { kind: "expand_kwargs", source: this.#read(source, "expandKwargs") };
  }

  #read(source: unknown, where: string): MapSource {
    const draft = mapDraftOf(source);
    switch (draft.kind) {
      case "value":
        return this.#readValue(draft.value, where);
      case "map": {
        const inner = this.#read(draft.source, where);
        this.functions.push(draft.change);
        return { kind: "map", source: inner, function: this.functions.length - 1 };
      }
      case "concat":
        return { kind: "concat", sources: this.#readAll(draft.sources, where) };
      case "zip": {
        const sources = this.#readAll(draft.sources, where);
        return draft.fill === undefined ? { kind: "zip", sources } : { kind: "zip", sources, fill: sortKeys(toJson(draft.fill, "fill")) };
      }
    }
  }

  #readAll(sources: readonly unknown[], where: string): readonly MapSource[] {
    if (sources.length === 0) throw invalidDag(`${where}: zip and concat need at least one source.`);
    return sources.map((source) => this.#read(source, where));
  }

  #readValue(value: unknown, where: string): MapSource {
    const reference = referenceOf(value);
    if (reference === undefined) return { kind: "constant", value: mappableConstant(value, where) };
    this.#onOutput(reference);
    return { kind: "output", taskId: reference.taskId, ...(reference.path.length === 0 ? {} : { path: reference.path }) };
  }
}

function mappableConstant(value: unknown, where: string): readonly JsonValue[] | JsonObject {
  // the order of an object's keys is the order of its elements
  const json = toJson(value, where);
  if (typeof json === "object" && json !== null) return json as readonly JsonValue[] | JsonObject;
  throw invalidDag(`${where}: ${JSON.stringify(json)} is neither a list nor an object; only over these a task can be mapped.`);
}
