import type { MappingSpec, MapSource } from "./dag-spec.ts";

/** An output over which something is mapped. */
export interface MapOutput {
  readonly taskId: string;
  readonly path: readonly string[];
}

export function mapOutputKey({ taskId, path }: MapOutput): string {
  return JSON.stringify([taskId, ...path]);
}

/** The sources of a mapping, in the order of its inputs. */
export function mapSources(mapping: MappingSpec): readonly MapSource[] {
  return mapping.kind === "expand" ? mapping.inputs.map(({ source }) => source) : [mapping.source];
}

/** The outputs that a mapping reads, each once. */
export function mapOutputs(mapping: MappingSpec): readonly MapOutput[] {
  const outputs = mapSources(mapping).flatMap(outputsOf);
  return [...new Map(outputs.map((output) => [mapOutputKey(output), output])).values()];
}

/** The tasks whose outputs a mapping reads. */
export function mapSourceTasks(mapping: MappingSpec): readonly string[] {
  return [...new Set(mapOutputs(mapping).map((output) => output.taskId))];
}

function outputsOf(source: MapSource): readonly MapOutput[] {
  switch (source.kind) {
    case "constant":
      return [];
    case "output":
      return [{ taskId: source.taskId, path: source.path ?? [] }];
    case "map":
      return outputsOf(source.source);
    case "zip":
    case "concat":
      return source.sources.flatMap(outputsOf);
  }
}
