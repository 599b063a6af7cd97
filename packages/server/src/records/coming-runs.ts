import { timetableFacts, upcomingRuns } from "@polyflow/lifecycle";
import type { DagRecord, NextRun } from "@polyflow/store";

/** The runs that a DAG's timetable wants next, the planned one first; by the code that creates them. */
export function comingRuns(dag: DagRecord, now: Date, count: number): readonly NextRun[] {
  if (!dag.isActive || count < 1) return [];
  const planned = dag.nextRun;
  const facts = timetableFacts(dag.spec, { lastAutomatedRun: planned, horizon: dag.horizon });
  const following = upcomingRuns(dag.spec.schedule, facts, now, planned === null ? count : count - 1);
  return planned === null ? following : [planned, ...following];
}
