import { type BackfillSkipReason, type DagRunState, type DagSpec, PolyflowError, type ReprocessBehavior } from "@polyflow/contracts";
import { nextRun } from "./timetables/next-run.ts";
import { type NextRun, timetableFacts } from "./timetables/timetable-facts.ts";

/** The range of a backfill; both ends inclusive. */
export interface BackfillRange {
  readonly from: Date;
  readonly to: Date;
}

export interface BackfillLimits {
  /** What is due later is left out. */
  readonly now: Date;
  /** How many dates one backfill may have. */
  readonly mostDates: number;
}

/** What becomes of one date. */
export type BackfillDecision =
  | { readonly action: "create" }
  /** The run that exists is cleared and belongs to the backfill from then on. */
  | { readonly action: "reprocess" }
  | { readonly action: "skip"; readonly reason: BackfillSkipReason };

type BackfilledDag = Pick<DagSpec, "dagId" | "schedule" | "startDate" | "endDate" | "catchup" | "tasks">;

/**
 * The dates that a backfill of the range has: all slots of the schedule in it that are due, oldest first.
 * @throws PolyflowError `request_invalid` for an empty range, a DAG whose schedule has no dates, and too many dates.
 * @example backfillDates(spec, { from: new Date("2026-01-01"), to: new Date("2026-01-31") }, { now, mostDates: 1000 }).length; // 31 for a daily DAG
 */
export function backfillDates(dag: BackfilledDag, range: BackfillRange, limits: BackfillLimits): readonly NextRun[] {
  const spec = dag.schedule.kind === "asset_or_time" ? { ...dag, schedule: dag.schedule.time } : dag;
  requireBackfillable(spec);
  const { from, to } = range;
  if (to < from) throw invalid(`The backfill would end (${to.toISOString()}) before it begins (${from.toISOString()}).`);
  if (from > limits.now) throw invalid(`The backfill would begin at ${from.toISOString()}, which is yet to come. Give a date in the past.`);
  const facts = timetableFacts({ ...spec, catchup: true, ...boundsOf(spec, range) }, { lastAutomatedRun: null });
  const dates: NextRun[] = [];
  for (let last: NextRun | null = null; ; ) {
    const run: NextRun | undefined = nextRun(spec.schedule, { ...facts, lastAutomatedRun: last }, limits.now);
    if (run === undefined || run.logicalDate > to || run.runAfter > limits.now) return dates;
    if (dates.length === limits.mostDates) {
      throw invalid(
        `From ${from.toISOString()} to ${to.toISOString()} DAG "${spec.dagId}" has more than ${limits.mostDates} dates. ` +
          "Make several backfills of parts of the range, or raise [scheduler] backfill_max_dates.",
      );
    }
    dates.push(run);
    last = run;
  }
}

/**
 * Whether the date gets a run. What is under way is never touched.
 * @param existing state of the run of this logical date; undefined when there is none.
 */
export function decideBackfillDate(existing: DagRunState | undefined, reprocess: ReprocessBehavior): BackfillDecision {
  switch (existing) {
    case undefined:
      return { action: "create" };
    case "queued":
    case "running":
      return { action: "skip", reason: "in flight" };
    case "failed":
      return reprocess === "none" ? { action: "skip", reason: "already exists" } : { action: "reprocess" };
    case "success":
      return reprocess === "completed" ? { action: "reprocess" } : { action: "skip", reason: "already exists" };
  }
}

/** A task that waits for the run before cannot run while the runs go backwards. @throws PolyflowError `request_invalid` */
export function requireRunsBackwards(spec: BackfilledDag): void {
  const waiting = spec.tasks.find((task) => task.dependsOnPast);
  if (waiting === undefined) return;
  throw invalid(
    `Task "${waiting.taskId}" of DAG "${spec.dagId}" depends on the run before it (dependsOnPast), so that its runs cannot go backwards.`,
  );
}

function requireBackfillable({ dagId, schedule }: BackfilledDag): void {
  if (schedule.kind === "cron" || schedule.kind === "interval") return;
  throw invalid(`DAG "${dagId}" has no schedule that says which dates there are, so that it cannot be backfilled.`);
}

/** The range cut to the DAG's own dates. Slots of an interval go on from its start date, so that the range begins at one of them. */
function boundsOf(spec: BackfilledDag, { from, to }: BackfillRange): { readonly startDate: string; readonly endDate: string } {
  const own = spec.startDate === undefined ? undefined : new Date(spec.startDate);
  const end = spec.endDate === undefined || new Date(spec.endDate) > to ? to : new Date(spec.endDate);
  let start = own === undefined || from > own ? from : own;
  if (own !== undefined && spec.schedule.kind === "interval") {
    const { everyMs } = spec.schedule;
    start = new Date(own.getTime() + Math.ceil((start.getTime() - own.getTime()) / everyMs) * everyMs);
  }
  return { startDate: start.toISOString(), endDate: end.toISOString() };
}

function invalid(message: string): PolyflowError {
  return new PolyflowError("request_invalid", message);
}
