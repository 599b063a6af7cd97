import type { DagRunKey, ReprocessBehavior } from "@polyflow/contracts";
import type { NextRun } from "@polyflow/store";

/** A backfill; its id is its place in the list of all. */
export interface ModelBackfill {
  readonly backfillId: number;
  readonly dagId: string;
  readonly dates: readonly NextRun[];
  readonly reprocess: ReprocessBehavior;
  readonly maxActiveRuns: number;
  /** Of each position: the reason for having no run, or the key of the run. */
  readonly settled: Map<number, { readonly reason: string } | { readonly runKey: DagRunKey }>;
  isCompleted: boolean;
}
