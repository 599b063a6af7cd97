import { latestSlot, type Slots } from "./cron-slots.ts";
import type { NextRun, TimetableFacts } from "./timetable-facts.ts";

/** Where time is cut: at slots of a cron schedule, or at multiples of a length. Milliseconds since the epoch. */
export interface IntervalGrid {
  /** The first cut later than `after`. */
  next(after: number): number | undefined;
  /** The last cut that is not later than `at`. */
  latest(at: number): number | undefined;
}

export function cronGrid(slots: Slots): IntervalGrid {
  return { next: (after) => slots.next(after), latest: (at) => latestSlot(slots, at) };
}

/**
 * The next run of a cron schedule whose runs are for data intervals: each run covers the time from one slot to the next, its logical date
 * is the interval's start, and it runs when the interval is complete.
 *
 * - `catchup`: every interval from the first slot at or after the start date on.
 * - otherwise the newest interval that is already complete.
 * - without start date and former run: the interval that is under way.
 */
export function cronInterval(grid: IntervalGrid, facts: TimetableFacts, now: number): NextRun | undefined {
  const startDate = facts.startDate?.getTime();
  const fromStart = startDate === undefined ? undefined : grid.next(startDate - 1);
  if (startDate !== undefined && fromStart === undefined) return undefined;
  const first = facts.catchup
    ? fromStart
    : Math.max(newestComplete(grid, now) ?? Number.NEGATIVE_INFINITY, fromStart ?? Number.NEGATIVE_INFINITY);
  const last = facts.lastAutomatedRun;
  let start = first;
  if (last !== null)
    start = Math.max(grid.latest(last.dataIntervalEnd.getTime()) ?? Number.NEGATIVE_INFINITY, first ?? Number.NEGATIVE_INFINITY);
  else if (startDate === undefined) start = startWithoutDate(grid, facts, now);
  return start === undefined || !Number.isFinite(start) ? undefined : intervalFrom(start, grid.next(start));
}

/**
 * The same for intervals of one length. The first one begins at the start date, later ones where the last one ended; without catchup those
 * that were missed are left out, on the grid of multiples of the length since 1970.
 */
export function lengthInterval(everyMs: number, facts: TimetableFacts, now: number): NextRun {
  const startDate = facts.startDate?.getTime();
  const last = facts.lastAutomatedRun?.dataIntervalEnd.getTime();
  const newest = Math.floor(now / everyMs) * everyMs - everyMs;
  const earliest = facts.catchup ? startDate : Math.max(newest, startDate ?? Number.NEGATIVE_INFINITY);
  let start = earliest;
  if (last !== undefined) start = Math.max(last, earliest ?? Number.NEGATIVE_INFINITY);
  else if (startDate === undefined) start = plannedStart(facts, everyMs) ?? Math.floor(now / everyMs) * everyMs;
  const begin = start ?? now;
  return intervalFrom(begin, begin + everyMs) as NextRun;
}

/** The start of the newest interval whose end is not later than now. */
function newestComplete(grid: IntervalGrid, now: number): number | undefined {
  const end = grid.latest(now);
  return end === undefined ? undefined : grid.latest(end - 1);
}

/** The interval that was planned when the DAG was new; it stays the first one while time goes on. */
function startWithoutDate(grid: IntervalGrid, { plannedRun }: TimetableFacts, now: number): number | undefined {
  const planned = plannedRun?.dataIntervalStart.getTime();
  if (planned !== undefined && grid.latest(planned) === planned) return planned;
  return grid.latest(now);
}

function plannedStart({ plannedRun }: TimetableFacts, everyMs: number): number | undefined {
  const start = plannedRun?.dataIntervalStart.getTime();
  return start !== undefined && start % everyMs === 0 ? start : undefined;
}

function intervalFrom(start: number, end: number | undefined): NextRun | undefined {
  if (end === undefined) return undefined;
  const from = new Date(start);
  const to = new Date(end);
  return { logicalDate: from, dataIntervalStart: from, dataIntervalEnd: to, runAfter: to };
}
