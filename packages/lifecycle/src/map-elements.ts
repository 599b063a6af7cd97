import {
  type JsonObject,
  type JsonValue,
  type MapOutput,
  mapOutputKey,
  mapOutputs,
  type MappingSpec,
  type MapSource,
} from "@polyflow/contracts";
import { mapLength, type SourceLength, type SourceLengths } from "./map-length.ts";

/** A function of the author's that the task process applies to a part of an input. */
export interface ElementCall {
  /** Name of the input; null: the element as a whole, whose properties become inputs. */
  readonly input: string | null;
  /** Where in the input. */
  readonly path: readonly number[];
  readonly function: number;
}

/** What an instance of a mapping gets. Functions are applied in the order of `calls`. */
export interface MappedElements {
  /** By name of the input, or of the group's element. */
  readonly values: { readonly [name: string]: JsonValue };
  /** With `expand_kwargs`: the element, whose properties are inputs. */
  readonly kwargs?: JsonValue;
  readonly calls: readonly ElementCall[];
}

/**
 * The elements that the instance with this index is for.
 * @param outputs by task id: for a mapped task the list of its instances' outputs
 * @returns undefined when there is no element for the index: the outputs have changed since.
 * @example
 * mappedElements({ kind: "expand", inputs: [{ name: "file", source: { kind: "output", taskId: "list" } }] }, 1, new Map([["list", ["a", "b"]]]));
 * // { values: { file: "b" }, calls: [] }
 */
export function mappedElements(
  mapping: MappingSpec,
  index: number,
  outputs: ReadonlyMap<string, JsonValue | undefined>,
): MappedElements | undefined {
  const lengths = lengthsOfOutputs(mapOutputs(mapping), outputs);
  const total = mapLength(mapping, lengths);
  if (total.kind !== "length" || index < 0 || index >= total.length) return undefined;
  const calls: ElementCall[] = [];
  if (mapping.kind === "expand_kwargs") {
    const kwargs = pick(mapping.source, index, { outputs, lengths, found: callsInto(calls, null) });
    return { values: {}, kwargs, calls };
  }
  const values: { [name: string]: JsonValue } = {};
  let rest = index;
  for (const { name, source } of mapping.inputs.toReversed()) {
    const length = lengthOfSource(source, lengths);
    values[name] = pick(source, rest % length, { outputs, lengths, found: callsInto(calls, name) });
    rest = Math.floor(rest / length);
  }
  return { values, calls };
}

/** How long outputs are, from their values by task id. */
export function lengthsOfOutputs(wanted: readonly MapOutput[], outputs: ReadonlyMap<string, JsonValue | undefined>): SourceLengths {
  return new Map(wanted.map((output) => [mapOutputKey(output), sourceLength(valueAt(outputs.get(output.taskId), output.path))]));
}

function sourceLength(value: JsonValue | undefined): SourceLength {
  if (value === undefined || value === null) return { kind: "absent" };
  if (typeof value !== "object") return { kind: "unmappable", type: typeof value };
  return { kind: "length", length: Array.isArray(value) ? value.length : Object.keys(value).length };
}

interface Picking {
  readonly outputs: ReadonlyMap<string, JsonValue | undefined>;
  readonly lengths: SourceLengths;
  readonly found: (path: readonly number[], calledFunction: number) => void;
}

function callsInto(calls: ElementCall[], input: string | null): Picking["found"] {
  return (path, calledFunction) => void calls.push({ input, path, function: calledFunction });
}

function pick(source: MapSource, index: number, picking: Picking, path: readonly number[] = []): JsonValue {
  switch (source.kind) {
    case "constant":
      return elementOf(source.value, index);
    case "output":
      return elementOf(valueAt(picking.outputs.get(source.taskId), source.path ?? []), index);
    case "map": {
      const value = pick(source.source, index, picking, path);
      picking.found(path, source.function);
      return value;
    }
    case "zip":
      return source.sources.map((part, position) =>
        index < lengthOfSource(part, picking.lengths) ? pick(part, index, picking, [...path, position]) : (source.fill ?? null),
      );
    case "concat":
      return pickFromParts(source.sources, index, picking, path);
  }
}

function pickFromParts(parts: readonly MapSource[], index: number, picking: Picking, path: readonly number[]): JsonValue {
  let rest = index;
  for (const part of parts) {
    const length = lengthOfSource(part, picking.lengths);
    if (rest < length) return pick(part, rest, picking, path);
    rest -= length;
  }
  return null;
}

function lengthOfSource(source: MapSource, lengths: SourceLengths): number {
  const length = mapLength({ kind: "expand_kwargs", source }, lengths);
  return length.kind === "length" ? length.length : 0;
}

function elementOf(container: JsonValue | undefined, index: number): JsonValue {
  if (isList(container)) return container[index] ?? null;
  if (typeof container !== "object" || container === null) return null;
  const entry = Object.entries(container as JsonObject)[index];
  return entry === undefined ? null : [...entry];
}

function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as { readonly [key: string]: JsonValue })[key];
  }
  return current;
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
