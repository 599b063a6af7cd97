import type { MappedFactsRequest, TaskFactsRequest } from "@polyflow/store";
import { noteIndexes } from "./hints.ts";
import type { RunExamination } from "./run-examination.ts";

type Extent = "counted" | "open" | "each";

const EXTENTS: readonly Extent[] = ["counted", "open", "each"];

/** The facts that an examination needs: those of its candidates and of all that these need to know of. */
export function factsRequestOf(examination: RunExamination): TaskFactsRequest {
  const { runKey, graph, candidates, isWhole } = examination;
  if (graph.isMapped) return { runKey, taskIds: candidates, mapped: isWhole ? wholeRun(examination) : mappedParts(examination) };
  if (isWhole) return { runKey, taskIds: undefined };
  const taskIds = new Set(candidates);
  for (const taskId of candidates) for (const needed of graph.neededFor(taskId)) taskIds.add(needed);
  return { runKey, taskIds: [...taskIds] };
}

/** All tasks; single instances only where some may be decided by what became of others with their index. */
function wholeRun({ graph }: RunExamination): readonly MappedFactsRequest[] {
  return graph.order.map((taskId) => ({ taskId, as: graph.failFast || graph.mappedWith(taskId).length > 1 ? "each" : "open" }));
}

/** Of thousands of instances those that are concerned, and of the others how many are in which state. */
function mappedParts({ graph, candidates, candidatesAt }: RunExamination): readonly MappedFactsRequest[] {
  const extents = new Map<string, Extent>();
  const places = new Map<string, Set<number>>();
  const want = (taskId: string, extent: Extent): void => {
    const known = extents.get(taskId);
    if (known === undefined || EXTENTS.indexOf(known) < EXTENTS.indexOf(extent)) extents.set(taskId, extent);
  };
  for (const taskId of candidates) {
    const indexes = candidatesAt.get(taskId);
    if (indexes === undefined) want(taskId, "open");
    else noteIndexes(places, taskId, indexes);
    for (const needed of graph.neededFor(taskId)) {
      if (!graph.sharesIndex(taskId, needed)) want(needed, "counted");
      else if (indexes === undefined) want(needed, "each");
      else noteIndexes(places, needed, indexes);
    }
  }
  const single = [...places].flatMap(([taskId, indexes]): readonly MappedFactsRequest[] => {
    const extent = extents.get(taskId);
    // Instances that are not open are wanted, too.
    if (extent === "open") extents.set(taskId, "each");
    if (extent === "open" || extent === "each") return [];
    return [...indexes].map((mapIndex) => ({ taskId, as: "at", mapIndex }));
  });
  return [...[...extents].map(([taskId, as]): MappedFactsRequest => ({ taskId, as })), ...single];
}
