import type { NextRun, TimetableFacts } from "./timetable-facts.ts";

/** A first run without a start date still counts as "now" for a tenth of the gap to the following one, at least for this long. */
const LEAST_GRACE_MS = 5 * 60_000;

/**
 * The next run of a schedule that lists its runs. `catchup`: the first one after the last run; otherwise the newest that is due, or
 * the first to come.
 * @param isEvents events that have passed unheard of are not made up for
 */
export function listedRun(
  runs: readonly NextRun[],
  facts: TimetableFacts,
  { now, isEvents }: { readonly now: number; readonly isEvents: boolean },
): NextRun | undefined {
  const { lastAutomatedRun: last, startDate, catchup } = facts;
  const candidates = runs.filter(
    (run) => (last === null || run.logicalDate > last.logicalDate) && (startDate === null || run.logicalDate >= startDate),
  );
  if (catchup) return candidates[0];
  const due = candidates.filter((run) => run.runAfter.getTime() <= now);
  const coming = candidates[due.length];
  const planned = due.find((run) => run.runAfter.getTime() === facts.plannedRun?.runAfter.getTime());
  if (isEvents) return planned ?? coming;
  const newest = due.at(-1);
  if (newest === undefined || last !== null || startDate !== null) return newest ?? coming;
  if (planned !== undefined) return planned;
  const gapMs = coming === undefined ? 0 : coming.runAfter.getTime() - newest.runAfter.getTime();
  return now - newest.runAfter.getTime() <= Math.max(gapMs / 10, LEAST_GRACE_MS) ? newest : coming;
}
