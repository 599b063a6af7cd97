import type { DagRunType, DagSpec, JsonValue } from "@polyflow/contracts";
import type { AttemptOutcome, SkipRequest } from "@polyflow/contracts/wire";
import { buildDagGraph, type DagGraph } from "./dag-graph.ts";
import type { AttemptEndDecision } from "./retry.ts";
import { nextRun, timetableFacts } from "./timetables/index.ts";

/** The facts that decide which tasks a branch, a short-circuit or a latest-only task skips. */
export interface SkipFacts {
  readonly taskId: string;
  readonly spec: DagSpec;
  readonly runType: DagRunType;
  readonly logicalDate: Date | null;
  readonly dataIntervalStart: Date | null;
  readonly dataIntervalEnd: Date | null;
  readonly runAfter: Date;
}

/** The tasks that are skipped, or why the request cannot be followed. */
export type SkipDecision =
  | { readonly allowed: true; readonly skips: readonly string[] }
  | { readonly allowed: false; readonly reason: string };

/** How an attempt ends that succeeded and says that tasks after it are skipped; a request that cannot be followed fails it for good. */
export function decideSkippingEnd(
  facts: SkipFacts,
  outcome: Extract<AttemptOutcome, { readonly kind: "success" }> & { readonly skips: SkipRequest },
  now: Date,
): AttemptEndDecision {
  const decision = decideSkips(facts, outcome.skips, now);
  if (!decision.allowed) return { to: "failed", reason: decision.reason };
  // The edge parsed it with z.json().
  return { to: "success", output: outcome.output as JsonValue | undefined, skips: decision.skips };
}

/**
 * Which tasks are skipped because a task that succeeded says so. Teardowns never are: they take away what was made.
 * @example decideSkips({ taskId: "choose", spec, … }, { kind: "branch", follow: ["small"] }, now); // { allowed: true, skips: ["large"] }
 */
export function decideSkips(facts: SkipFacts, request: SkipRequest, now: Date): SkipDecision {
  const graph = buildDagGraph(facts.spec);
  if (graph.tasks.get(facts.taskId)?.skipsDownstream === undefined) {
    return { allowed: false, reason: `Task "${facts.taskId}" skips others, but was not described as one that does (skipsDownstream).` };
  }
  switch (request.kind) {
    case "branch":
      return decideBranch(graph, facts, request.follow);
    case "short_circuit": {
      const after = request.scope === "all" ? graph.descendantsOf([facts.taskId]) : graph.downstreamOf(facts.taskId);
      return skipping(graph, after);
    }
    case "latest_only":
      return isLatest(facts, now) ? skipping(graph, []) : skipping(graph, graph.downstreamOf(facts.taskId));
  }
}

/** Skipped are the tasks directly after the branch, less those that are followed and what comes after these. */
function decideBranch(graph: DagGraph, { taskId, spec }: SkipFacts, follow: readonly string[]): SkipDecision {
  const after = new Set(graph.descendantsOf([taskId]));
  const followed = new Set<string>();
  for (const target of follow) {
    const entries = graph.tasks.has(target) ? [target] : entriesOfGroup(graph, spec, target);
    if (entries.length === 0 || !entries.every((entry) => after.has(entry))) {
      const choices = graph.downstreamOf(taskId).map((other) => `"${other}"`);
      return {
        allowed: false,
        reason: `Branch "${taskId}" follows "${target}", which does not come after it. It can follow ${choices.join(", ")}.`,
      };
    }
    for (const entry of entries) {
      followed.add(entry);
      for (const later of graph.descendantsOf([entry])) followed.add(later);
    }
  }
  return skipping(
    graph,
    graph.downstreamOf(taskId).filter((other) => !followed.has(other)),
  );
}

/** Tasks of a group that wait for none of it. */
function entriesOfGroup(graph: DagGraph, spec: DagSpec, groupId: string): readonly string[] {
  const inside = new Set([groupId]);
  for (const group of spec.groups ?? []) if (group.parentId !== undefined && inside.has(group.parentId)) inside.add(group.groupId);
  const members = graph.order.filter((taskId) => inside.has(graph.tasks.get(taskId)?.groupId ?? ""));
  return members.filter((taskId) => !graph.upstreamOf(taskId).some((before) => members.includes(before)));
}

function skipping(graph: DagGraph, taskIds: readonly string[]): SkipDecision {
  return { allowed: true, skips: graph.inOrder(taskIds.filter((taskId) => graph.tasks.get(taskId)?.role !== "teardown")) };
}

/** No later run is due yet; what somebody asked for counts as the latest. */
function isLatest({ spec, runType, logicalDate, dataIntervalStart, dataIntervalEnd, runAfter }: SkipFacts, now: Date): boolean {
  if (runType === "manual" || logicalDate === null || spec.schedule.kind === "continuous") return true;
  const run = {
    logicalDate,
    dataIntervalStart: dataIntervalStart ?? logicalDate,
    dataIntervalEnd: dataIntervalEnd ?? logicalDate,
    runAfter,
  };
  // Every slot counts, whether or not the DAG makes up for those that were missed.
  const next = nextRun(spec.schedule, { ...timetableFacts(spec, { lastAutomatedRun: run }), catchup: true }, now);
  return next === undefined || next.runAfter > now;
}
