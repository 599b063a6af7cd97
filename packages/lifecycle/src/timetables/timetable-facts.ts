import type { DagSpec, StoredHorizon } from "@polyflow/contracts";

/** A run that a timetable wants: what it is of, and when it is to be created (`runAfter`). */
export interface NextRun {
  readonly logicalDate: Date;
  readonly dataIntervalStart: Date;
  readonly dataIntervalEnd: Date;
  readonly runAfter: Date;
}

/** Runs that an author's own timetable lists, as far ahead as it was asked; in the order of `runAfter`. */
export interface TimetableHorizon {
  readonly runs: readonly NextRun[];
  /** What comes later is not known yet; null: nothing will. */
  readonly until: Date | null;
}

/** All that a timetable knows besides the schedule and the time. */
export interface TimetableFacts {
  /** The newest run that the schedule has made. Backfills and runs by hand never move a schedule: it steps over their dates. */
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
  /** Runs that an author's own timetable lists. */
  readonly horizon?: TimetableHorizon | null;
}

type TimedSpec = Pick<DagSpec, "startDate" | "endDate" | "catchup"> & { readonly tasks?: DagSpec["tasks"] };

/**
 * Facts from a DAG's spec and what is known of its runs.
 * @example nextRun(spec.schedule, timetableFacts(spec, { lastAutomatedRun: null }), now)
 */
export function timetableFacts(
  spec: TimedSpec,
  runs: {
    readonly lastAutomatedRun: NextRun | null;
    readonly plannedRun?: NextRun | null;
    readonly horizon?: StoredHorizon | null;
  },
): TimetableFacts {
  return {
    horizon: runs.horizon == null ? null : readHorizon(runs.horizon),
    lastAutomatedRun: runs.lastAutomatedRun,
    plannedRun: runs.plannedRun ?? null,
    startDate: earliestOf(spec),
    endDate: latestOf(spec),
    catchup: spec.catchup,
  };
}

/** The first of the start dates of the DAG and its tasks. */
function earliestOf({ startDate, tasks = [] }: TimedSpec): Date | null {
  const dates = [startDate, ...tasks.map((task) => task.startDate)].flatMap((date) => (date === undefined ? [] : [Date.parse(date)]));
  return dates.length === 0 ? null : new Date(Math.min(...dates));
}

/** The DAG's end date; without one, the last of its tasks' when every task has one. */
function latestOf({ endDate, tasks = [] }: TimedSpec): Date | null {
  if (endDate !== undefined) return new Date(endDate);
  const dates = tasks.map((task) => (task.endDate === undefined ? Number.NaN : Date.parse(task.endDate)));
  const latest = dates.length === 0 ? Number.NaN : Math.max(...dates);
  return Number.isNaN(latest) ? null : new Date(latest);
}

function readHorizon({ runs, until }: StoredHorizon): TimetableHorizon {
  return {
    until: until === null ? null : new Date(until),
    runs: runs.map((run) => ({
      logicalDate: new Date(run.logicalDate),
      dataIntervalStart: new Date(run.dataIntervalStart),
      dataIntervalEnd: new Date(run.dataIntervalEnd),
      runAfter: new Date(run.runAfter),
    })),
  };
}
