import { invalidDag } from "./invalid-dag.ts";
import { checkText } from "./option-checks.ts";

/** A run that a timetable wants. */
export interface TimetableRun {
  /** When it is created. */
  readonly runAfter: Date;
  /** Unique for each run of the DAG. Default: the start of the data interval, else `runAfter`. */
  readonly logicalDate?: Date;
  /** The data that it is for. Default: no length, at `runAfter`. */
  readonly dataInterval?: { readonly start: Date; readonly end: Date };
}

/** What a timetable of one's own is made of. */
export interface TimetableOptions {
  /** Shown to people beside the DAG. */
  readonly name: string;
  readonly description?: string;
  /**
   * All runs with `from` ≤ `runAfter` < `to`, in order; a Date stands for a run without a data interval. It is asked for a long time ahead,
   * so give them one by one (`function*`) where there are many. The same range must always give the same runs: what it answers is what will
   * happen. It runs where DAG files are read, and never in the scheduler: no network, no writing.
   */
  readonly runs: (range: { readonly from: Date; readonly to: Date }) => Iterable<Date | TimetableRun>;
}

/** A timetable of one's own; see `timetable`. */
export class Timetable {
  readonly name: string;
  readonly description: string | undefined;
  readonly runs: TimetableOptions["runs"];

  constructor({ name, description, runs }: TimetableOptions) {
    this.name = checkText("timetable name", name, 250);
    this.description = description === undefined ? undefined : checkText("timetable description", description, 2_000);
    if (typeof runs !== "function") throw invalidDag("timetable: runs must be a function that lists the runs of a range.");
    this.runs = runs;
  }
}

/**
 * A schedule that your code decides: working days, moon phases, rules of a calendar. Give it as the `schedule` of a DAG.
 * @throws PolyflowError `dag_invalid`
 * @example
 * const workingDays = timetable({
 *   name: "working days",
 *   *runs({ from, to }) {
 *     const day = new Date(from);
 *     day.setUTCHours(6, 0, 0, 0);
 *     for (; day < to; day.setUTCDate(day.getUTCDate() + 1)) {
 *       if (day >= from && ![0, 6].includes(day.getUTCDay()) && !holidays.has(day.toISOString().slice(0, 10))) yield new Date(day);
 *     }
 *   },
 * });
 */
export function timetable(options: TimetableOptions): Timetable {
  return new Timetable(options);
}
