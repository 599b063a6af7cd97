import type { ScheduleSpec } from "@polyflow/contracts";
import { slotsOf } from "./compiled-slots.ts";
import { latestSlot, type Slots } from "./cron-slots.ts";
import { cronGrid, cronInterval, lengthInterval } from "./data-intervals.ts";
import { listedRun } from "./listed-runs.ts";
import type { NextRun, TimetableFacts } from "./timetable-facts.ts";

/** A first slot without a start date still counts as "now" for a tenth of the gap to the following one, at least for this long. */
const LEAST_GRACE_MS = 5 * 60_000;

/**
 * The next run that a schedule wants, which may lie in the past (then it is due). Airflow 3's trigger semantics: logical date, both
 * ends of the data interval and `runAfter` are the same instant; only `continuous` runs have an interval, and those of schedules that cut
 * time into data intervals (see `cronInterval`).
 *
 * - `catchup`: every slot from the start date on, one after another; otherwise the newest slot that is not later than now.
 * - Without start date and former run: the last slot if it has only just passed, else the first one to come.
 * - `interval`: from the last run on (first: start date, else now), keeping its phase when slots are left out.
 * @returns undefined when nothing will ever follow.
 * @throws PolyflowError `dag_invalid` for a schedule that `validateSchedule` refuses.
 */
export function nextRun(schedule: ScheduleSpec, facts: TimetableFacts, now: Date): NextRun | undefined {
  const run = nextRunOf(schedule, facts, now.getTime());
  if (run === undefined || (facts.endDate !== null && run.logicalDate > facts.endDate)) return undefined;
  return run;
}

function nextRunOf(schedule: ScheduleSpec, facts: TimetableFacts, now: number): NextRun | undefined {
  switch (schedule.kind) {
    case "none":
    case "asset":
      return undefined;
    case "asset_or_time":
      return nextRunOf(schedule.time, facts, now);
    case "once":
      return facts.lastAutomatedRun === null ? runAt(firstInstant(facts, now)) : undefined;
    case "continuous":
      return continuousRun(facts, now);
    case "interval":
      return schedule.dataIntervals === true
        ? lengthInterval(schedule.everyMs, facts, now)
        : runAt(intervalSlot(schedule.everyMs, facts, now));
    case "events":
      return listedRun(
        schedule.events.map((event) => runAt(Date.parse(event))),
        facts,
        { now, isEvents: true },
      );
    case "custom":
      return listedRun(facts.horizon?.runs ?? [], facts, { now, isEvents: false });
    case "cron":
      return cronRun(schedule, facts, now);
  }
}

function cronRun(
  { expressions, timezone, dataIntervals }: Extract<ScheduleSpec, { kind: "cron" }>,
  facts: TimetableFacts,
  now: number,
): NextRun | undefined {
  const slots = slotsOf(expressions, timezone);
  if (dataIntervals === true) return cronInterval(cronGrid(slots), facts, now);
  const slot = cronSlot(slots, facts, now);
  return slot === undefined ? undefined : runAt(slot);
}

/**
 * The next runs as they would follow if each were created on time, by the same code as `nextRun`.
 * A continuous schedule gives one, since the next depends on when that one ends.
 * @example upcomingRuns(spec.schedule, facts, now, 5).map((run) => run.runAfter)
 */
export function upcomingRuns(schedule: ScheduleSpec, facts: TimetableFacts, now: Date, count: number): readonly NextRun[] {
  const runs: NextRun[] = [];
  let lastAutomatedRun = facts.lastAutomatedRun;
  while (runs.length < count) {
    const run = nextRun(schedule, { ...facts, lastAutomatedRun }, now);
    if (run === undefined) break;
    runs.push(run);
    if (schedule.kind === "continuous") break;
    lastAutomatedRun = run;
  }
  return runs;
}

function runAt(instant: number): NextRun {
  const at = new Date(instant);
  return { logicalDate: at, dataIntervalStart: at, dataIntervalEnd: at, runAfter: at };
}

/** Where a DAG that has not run yet begins if its schedule has no slots of its own. */
function firstInstant(facts: TimetableFacts, now: number): number {
  if (facts.startDate !== null) return facts.startDate.getTime();
  const planned = facts.plannedRun?.runAfter.getTime();
  return planned !== undefined && planned < now ? planned : now;
}

function continuousRun(facts: TimetableFacts, now: number): NextRun {
  const last = facts.lastAutomatedRun;
  // The logical date is the interval's start and must be new, even after a first interval of no length.
  const start =
    last === null
      ? firstInstant(facts, now)
      : Math.max(last.dataIntervalEnd.getTime(), last.logicalDate.getTime() + 1, facts.startDate?.getTime() ?? 0);
  const end = new Date(Math.max(start, now));
  return { logicalDate: new Date(start), dataIntervalStart: new Date(start), dataIntervalEnd: end, runAfter: end };
}

function intervalSlot(everyMs: number, facts: TimetableFacts, now: number): number {
  const start = facts.startDate?.getTime();
  const last = facts.lastAutomatedRun;
  const first =
    last === null ? firstInstant(facts, now) : Math.max(last.dataIntervalEnd.getTime() + everyMs, start ?? Number.NEGATIVE_INFINITY);
  if (facts.catchup || first >= now) return first;
  return first + Math.floor((now - first) / everyMs) * everyMs;
}

function cronSlot(slots: Slots, facts: TimetableFacts, now: number): number | undefined {
  const earliest = earliestSlot(slots, facts, now);
  if (earliest === undefined || facts.catchup || earliest > now) return earliest;
  // Cheaper than a search backwards, and the usual case: the slot after this one is still to come.
  const following = slots.next(earliest);
  if (following === undefined || following > now) return earliest;
  return Math.max(earliest, latestSlot(slots, now) ?? earliest);
}

/** The first slot that may still be run at all: after the last run, from the start date on. */
function earliestSlot(slots: Slots, facts: TimetableFacts, now: number): number | undefined {
  const fromStart = facts.startDate === null ? undefined : slots.next(facts.startDate.getTime() - 1);
  if (facts.startDate !== null && fromStart === undefined) return undefined;
  if (facts.lastAutomatedRun !== null) {
    const following = slots.next(facts.lastAutomatedRun.dataIntervalEnd.getTime());
    return following === undefined ? undefined : Math.max(following, fromStart ?? following);
  }
  return fromStart ?? firstSlotWithoutStart(slots, facts, now);
}

function firstSlotWithoutStart(slots: Slots, facts: TimetableFacts, now: number): number | undefined {
  const planned = facts.plannedRun?.runAfter.getTime();
  if (planned !== undefined && slots.next(planned - 1) === planned) return planned;
  const coming = slots.next(now);
  const passed = latestSlot(slots, now);
  if (passed === undefined || coming === undefined) return coming;
  const graceMs = Math.max((coming - passed) / 10, LEAST_GRACE_MS);
  return now - passed <= graceMs ? passed : coming;
}
