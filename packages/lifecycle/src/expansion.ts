import { isFinishedTaskState, type MapOutput, type MappingSpec } from "@polyflow/contracts";
import type { DagGraph } from "./dag-graph.ts";
import type { InstanceIndex } from "./instance-index.ts";
import { mapLength, type SourceLengths } from "./map-length.ts";

/** Instances that a mapped task may have unless it or its DAG says otherwise (`[core] max_map_length`). */
export const DEFAULT_MAX_MAP_LENGTH = 1024;

/** Tasks that get as many instances as there are elements, whatever they had before. */
export interface ExpansionDecision {
  /** All tasks of a mapped group together, or one task. */
  readonly taskIds: readonly string[];
  /** From 1. */
  readonly length: number;
  /** New instances of one task whose dependencies are known to be met may run at once; those of a group are decided one by one. */
  readonly to: "scheduled" | "none";
}

export interface ExpansionOptions {
  readonly lengths?: SourceLengths;
  readonly maxMapLength?: number;
}

/** What becomes of the one row that stands for all instances of a task until it is known how many they are. */
export type ExpansionOutcome =
  | { readonly kind: "expand"; readonly expansion: ExpansionDecision }
  | { readonly kind: "wanted"; readonly outputs: readonly MapOutput[] }
  | { readonly kind: "ends"; readonly to: "skipped" | "failed" | "upstream_failed"; readonly reason: string }
  /** What it is mapped over is not finished. */
  | { readonly kind: "waits" };

/** How many instances a mapped task gets whose dependencies are met. */
export function decideExpansion(
  graph: DagGraph,
  { taskId, index }: { readonly taskId: string; readonly index: InstanceIndex },
  options: ExpansionOptions,
): ExpansionOutcome {
  const mapping = graph.mappingOf(taskId);
  if (mapping === undefined) return { kind: "waits" };
  for (const sourceId of graph.mapSourcesOf(taskId)) {
    const states = (index.instancesOf(sourceId) ?? []).map((instance) => index.stateOf(instance));
    if (states.some((state) => !isFinishedTaskState(state))) return { kind: "waits" };
  }
  const length = mapLength(mapping, options.lengths ?? new Map());
  switch (length.kind) {
    case "unknown":
      return { kind: "wanted", outputs: length.outputs };
    case "absent":
      return withoutSource(length.taskId, index);
    case "invalid":
      return { kind: "ends", to: "failed", reason: length.problem };
    case "length":
      return withLength(graph, { taskId, mapping, length: length.length }, options);
  }
}

function withLength(
  graph: DagGraph,
  found: { readonly taskId: string; readonly mapping: MappingSpec; readonly length: number },
  options: ExpansionOptions,
): ExpansionOutcome {
  const { taskId, mapping, length } = found;
  const most = mapping.maxLength ?? options.maxMapLength ?? DEFAULT_MAX_MAP_LENGTH;
  if (length > most) {
    const reason = `"${taskId}" would get ${length} instances; at most ${most} are allowed. Map over fewer elements, or raise maxMapLength of the task, its group or its DAG, or [core] max_map_length.`;
    return { kind: "ends", to: "failed", reason };
  }
  if (length === 0) return { kind: "ends", to: "skipped", reason: "There is nothing to map over: the list is empty." };
  const isAlone = graph.tasks.get(taskId)?.mapping !== undefined;
  // What depends on its past is held back one by one.
  const to = isAlone && graph.tasks.get(taskId)?.dependsOnPast !== true ? "scheduled" : "none";
  return { kind: "expand", expansion: { taskIds: graph.mappedWith(taskId), length, to } };
}

function withoutSource(sourceId: string, index: InstanceIndex): ExpansionOutcome {
  const states = (index.instancesOf(sourceId) ?? []).map((instance) => index.stateOf(instance));
  const isBroken = states.some((state) => state === "failed" || state === "upstream_failed");
  const reason = `Task "${sourceId}" gave no output to map over.`;
  return { kind: "ends", to: isBroken ? "upstream_failed" : "skipped", reason };
}
