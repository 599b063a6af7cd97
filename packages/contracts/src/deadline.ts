import type { CallbackSpec } from "./callback.ts";

/** From which moment a deadline is counted. `average_runtime`: so long after the run was queued as its forerunners took on average. */
export const DEADLINE_REFERENCES = ["queued_at", "logical_date", "fixed", "average_runtime"] as const;
export type DeadlineReference = (typeof DEADLINE_REFERENCES)[number];

/** By when a run of a DAG should have ended. */
export interface DeadlineSpec {
  readonly name: string;
  readonly reference: DeadlineReference;
  /** Milliseconds after the reference; negative: before it. */
  readonly afterMs: number;
  /** ISO 8601; of `fixed` alone. */
  readonly at?: string;
  /** Of `average_runtime`: how many of the newest successful runs count, and how many there must be. */
  readonly maxRuns?: number;
  readonly minRuns?: number;
  /** Functions that are called when a run misses it. */
  readonly onMiss?: readonly CallbackSpec[];
}
