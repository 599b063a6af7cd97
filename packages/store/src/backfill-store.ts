import type { BackfillSkipReason, DagRunKey, DagRunState, FinishedRunState, JsonObject, ReprocessBehavior } from "@polyflow/contracts";
import type { NextRun, Page } from "./dag-store.ts";

/** A backfill, and how far it is. */
export interface BackfillRecord {
  readonly backfillId: number;
  readonly dagId: string;
  readonly fromDate: Date;
  readonly toDate: Date;
  readonly conf: JsonObject;
  readonly reprocess: ReprocessBehavior;
  readonly maxActiveRuns: number;
  readonly runBackwards: boolean;
  /** A run that is made again gets the newest version of its DAG. */
  readonly runOnLatestVersion: boolean;
  readonly isPaused: boolean;
  readonly triggeringUser: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Null while it is under way. */
  readonly completedAt: Date | null;
  /** Dates that have neither a run nor a reason for having none. */
  readonly pendingDates: number;
  readonly skippedDates: number;
  /** Its runs by state. */
  readonly runs: { readonly [state in DagRunState]?: number };
}

export interface NewBackfill
  extends Pick<
    BackfillRecord,
    "dagId" | "fromDate" | "toDate" | "conf" | "reprocess" | "maxActiveRuns" | "runBackwards" | "runOnLatestVersion" | "triggeringUser"
  > {
  /** In the order in which they are run. */
  readonly dates: readonly NextRun[];
}

export interface BackfillFilter {
  readonly dagId?: string;
  /** Undefined: all; otherwise the caller may read only these. */
  readonly readableDagIds?: readonly string[];
  /** True: only those under way. */
  readonly isActive?: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** What became of a date of a backfill. */
export interface BackfillDateRecord {
  readonly logicalDate: Date;
  readonly skipReason: BackfillSkipReason | null;
  readonly runId: string | null;
  readonly state: DagRunState | null;
}

export interface BackfillStore {
  /** @throws PolyflowError `backfill_exists` when the DAG has one that is not completed; `dag_not_found`. */
  createBackfill(backfill: NewBackfill): Promise<BackfillRecord>;
  getBackfill(backfillId: number): Promise<BackfillRecord | undefined>;
  /** Newest first. */
  listBackfills(filter: BackfillFilter): Promise<Page<BackfillRecord>>;
  /** While it is paused no run of it is made or started; running ones go on. Undefined: not there, or completed. */
  setBackfillPaused(backfillId: number, isPaused: boolean): Promise<BackfillRecord | undefined>;
  /** No further run is made, queued ones fail, running ones go on. Undefined: not there, or completed. */
  cancelBackfill(backfillId: number): Promise<BackfillRecord | undefined>;
  listBackfillDates(backfillId: number, page: { readonly limit: number; readonly offset: number }): Promise<Page<BackfillDateRecord>>;
  /** States of the runs that a DAG has for these logical dates; dates without one are not in the map, whose keys are milliseconds. */
  runStatesAt(dagId: string, logicalDates: readonly Date[]): Promise<ReadonlyMap<number, DagRunState>>;
}

/** A date that is next in a backfill, and the run that it has already. */
export interface PendingBackfillDate extends NextRun {
  readonly position: number;
  readonly existing: { readonly runKey: DagRunKey; readonly runId: string; readonly state: DagRunState } | null;
}

/** A backfill that can be brought on: there is room for a run, or it may be over. */
export interface BackfillWork {
  readonly backfillId: number;
  readonly dagId: string;
  readonly reprocess: ReprocessBehavior;
  /** How many runs it may get now. */
  readonly room: number;
  /** Empty: none is left. */
  readonly dates: readonly PendingBackfillDate[];
}

/** What was decided about a date; the store carries it out by compare-and-set and leaves the date pending where that fails. */
export type BackfillStep =
  | { readonly kind: "create"; readonly position: number; readonly runId: string }
  | { readonly kind: "reprocess"; readonly position: number; readonly runKey: DagRunKey; readonly from: FinishedRunState }
  | { readonly kind: "skip"; readonly position: number; readonly reason: BackfillSkipReason };
