import type { DagSpec } from "@polyflow/contracts";

/** A run that a timetable wants: what it is of, and when it is to be created (`runAfter`). */
export interface NextRun {
  readonly logicalDate: Date;
  readonly dataIntervalStart: Date;
  readonly dataIntervalEnd: Date;
  readonly runAfter: Date;
}

/** All that a timetable knows besides the schedule and the time. */
export interface TimetableFacts {
  /** The newest scheduled or backfilled run; runs by hand never move a schedule. */
  readonly lastAutomatedRun: NextRun | null;
  /** Both inclusive. */
  readonly startDate: Date | null;
  readonly endDate: Date | null;
  readonly catchup: boolean;
  /**
   * The run planned when the timetable was last asked. It keeps the first run of a DAG without start date in its place while time goes
   * on; otherwise, and when the schedule has changed, it has no effect.
   */
  readonly plannedRun?: NextRun | null;
}

/**
 * Facts from a DAG's spec and what is known of its runs.
 * @example nextRun(spec.schedule, timetableFacts(spec, { lastAutomatedRun: null }), now)
 */
export function timetableFacts(
  spec: Pick<DagSpec, "startDate" | "endDate" | "catchup">,
  runs: { readonly lastAutomatedRun: NextRun | null; readonly plannedRun?: NextRun | null },
): TimetableFacts {
  return {
    lastAutomatedRun: runs.lastAutomatedRun,
    plannedRun: runs.plannedRun ?? null,
    startDate: spec.startDate === undefined ? null : new Date(spec.startDate),
    endDate: spec.endDate === undefined ? null : new Date(spec.endDate),
    catchup: spec.catchup,
  };
}
