import {
  type JsonValue,
  type MapOutput,
  mapOutputKey,
  mapOutputs,
  type MappingSpec,
  type MapSource,
  mapSources,
} from "@polyflow/contracts";

/** What is known of the output of a task over which another one is mapped. */
export type SourceLength =
  | { readonly kind: "length"; readonly length: number }
  /** The task gave no output. */
  | { readonly kind: "absent" }
  /** Its output is neither a list nor an object. */
  | { readonly kind: "unmappable"; readonly type: string };

/** Lengths of outputs by `mapOutputKey`. */
export type SourceLengths = ReadonlyMap<string, SourceLength>;

/** How many instances a mapping makes, or why it makes none. */
export type MapLength =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "unknown"; readonly outputs: readonly MapOutput[] }
  /** A task has given nothing to map over. */
  | { readonly kind: "absent"; readonly taskId: string }
  | { readonly kind: "invalid"; readonly problem: string };

/**
 * How many instances a mapping makes.
 * @example mapLength({ kind: "expand", inputs: [{ name: "file", source: { kind: "constant", value: ["a", "b"] } }] }, new Map()); // 2
 */
export function mapLength(mapping: MappingSpec, lengths: SourceLengths): MapLength {
  const unknown = mapOutputs(mapping).filter((output) => !lengths.has(mapOutputKey(output)));
  if (unknown.length > 0) return { kind: "unknown", outputs: unknown };
  let product = 1;
  for (const source of mapSources(mapping)) {
    const found = lengthOf(source, lengths);
    if (found.kind !== "length") return found;
    product *= found.length;
  }
  return { kind: "length", length: product };
}

/** Of a constant. */
function constantLength(value: JsonValue): number {
  return Array.isArray(value) ? value.length : Object.keys(value ?? {}).length;
}

function lengthOf(source: MapSource, lengths: SourceLengths): MapLength {
  switch (source.kind) {
    case "constant":
      return { kind: "length", length: constantLength(source.value) };
    case "map":
      return lengthOf(source.source, lengths);
    case "output":
      return lengthOfOutput({ taskId: source.taskId, path: source.path ?? [] }, lengths);
    case "zip":
    case "concat":
      return lengthOfAll(source, lengths);
  }
}

function lengthOfOutput(output: MapOutput, lengths: SourceLengths): MapLength {
  const known = lengths.get(mapOutputKey(output));
  if (known === undefined) return { kind: "unknown", outputs: [output] };
  if (known.kind === "absent") return { kind: "absent", taskId: output.taskId };
  if (known.kind === "length") return known;
  const what = output.path.length === 0 ? "The output" : `"${output.path.join(".")}" of the output`;
  return {
    kind: "invalid",
    problem: `${what} of task "${output.taskId}" is a ${known.type}; only over a list or an object tasks can be mapped.`,
  };
}

function lengthOfAll(source: Extract<MapSource, { readonly kind: "zip" | "concat" }>, lengths: SourceLengths): MapLength {
  const all: number[] = [];
  for (const part of source.sources) {
    const found = lengthOf(part, lengths);
    if (found.kind !== "length") return found;
    all.push(found.length);
  }
  if (source.kind === "concat") return { kind: "length", length: all.reduce((sum, length) => sum + length, 0) };
  return { kind: "length", length: source.fill === undefined ? Math.min(...all) : Math.max(...all) };
}
