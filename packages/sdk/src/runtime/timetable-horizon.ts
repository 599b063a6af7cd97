import type { DagSpec, StoredHorizon, StoredHorizonRun } from "@polyflow/contracts";
import { invalidDag } from "../invalid-dag.ts";
import type { Timetable, TimetableRun } from "../timetable.ts";

const DAY_MS = 86_400_000;
/** How far ahead a timetable is asked, and how many runs are kept of what it answers. */
const AHEAD_MS = 400 * DAY_MS;
const MOST_AHEAD = 500;
/** Runs to be made up for; more are an error rather than a surprise. */
const MOST_BEHIND = 10_000;
/** Without catchup only the newest run that has passed matters; it is looked for ever farther back. */
const LOOKS_BACK_MS = [DAY_MS, 32 * DAY_MS, 400 * DAY_MS];

/**
 * What a timetable lists around `now`: with catchup all runs since the start date, otherwise the newest one that has passed, and those to come.
 * @throws PolyflowError `dag_invalid` when it answers nonsense; whatever the author's code throws
 */
export function timetableHorizon(timetable: Timetable, spec: Pick<DagSpec, "startDate" | "catchup">, now: Date): StoredHorizon {
  const from = new Date(Math.max(now.getTime() + 1, spec.startDate === undefined ? Number.NEGATIVE_INFINITY : Date.parse(spec.startDate)));
  const to = new Date(from.getTime() + AHEAD_MS);
  const ahead = take(timetable, { from, to }, MOST_AHEAD + 1);
  const until = ahead.length > MOST_AHEAD ? (ahead[MOST_AHEAD - 1]?.runAfter ?? null) : to.toISOString();
  return { runs: [...passed(timetable, spec, now), ...ahead.slice(0, MOST_AHEAD)], until };
}

function passed(
  timetable: Timetable,
  { startDate, catchup }: Pick<DagSpec, "startDate" | "catchup">,
  now: Date,
): readonly StoredHorizonRun[] {
  const to = new Date(now.getTime() + 1);
  const start = startDate === undefined ? undefined : new Date(startDate);
  if (start !== undefined && start >= to) return [];
  if (catchup && start !== undefined) {
    const all = take(timetable, { from: start, to }, MOST_BEHIND + 1);
    if (all.length <= MOST_BEHIND) return all;
    throw invalidDag(
      `Timetable "${timetable.name}" lists more than ${MOST_BEHIND} runs since the startDate. Move it, or leave catchup out.`,
    );
  }
  for (const backMs of LOOKS_BACK_MS) {
    const from = new Date(Math.max(now.getTime() - backMs, start?.getTime() ?? Number.NEGATIVE_INFINITY));
    const found = take(timetable, { from, to }, Number.POSITIVE_INFINITY);
    if (found.length > 0) return found.slice(-1);
  }
  return [];
}

function take(timetable: Timetable, range: { readonly from: Date; readonly to: Date }, most: number): StoredHorizonRun[] {
  const taken: StoredHorizonRun[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const given of timetable.runs(range)) {
    const run: TimetableRun = given instanceof Date ? { runAfter: given } : given;
    const at = instant(timetable, run.runAfter, "runAfter");
    if (at < range.from.getTime() || at >= range.to.getTime()) {
      throw invalidDag(
        `Timetable "${timetable.name}" lists a run at ${run.runAfter.toISOString()}, which is not in the range that was asked for.`,
      );
    }
    if (at <= last)
      throw invalidDag(
        `Timetable "${timetable.name}" lists ${run.runAfter.toISOString()} twice, or after a later run. Give runs in order.`,
      );
    last = at;
    taken.push(stored(timetable, run));
    if (taken.length >= most) break;
  }
  return taken;
}

function stored(timetable: Timetable, { runAfter, logicalDate, dataInterval }: TimetableRun): StoredHorizonRun {
  const start = dataInterval?.start ?? logicalDate ?? runAfter;
  const end = dataInterval?.end ?? logicalDate ?? runAfter;
  if (instant(timetable, start, "dataInterval.start") > instant(timetable, end, "dataInterval.end")) {
    throw invalidDag(`Timetable "${timetable.name}": a data interval ends before it begins, at ${start.toISOString()}.`);
  }
  const logical = logicalDate ?? start;
  instant(timetable, logical, "logicalDate");
  return {
    logicalDate: logical.toISOString(),
    dataIntervalStart: start.toISOString(),
    dataIntervalEnd: end.toISOString(),
    runAfter: runAfter.toISOString(),
  };
}

function instant(timetable: Timetable, value: unknown, what: string): number {
  const ms = value instanceof Date ? value.getTime() : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw invalidDag(`Timetable "${timetable.name}" gives a ${what} that is no valid Date.`);
}
