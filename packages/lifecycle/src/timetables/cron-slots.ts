import type { CronExpression } from "./cron-expression.ts";
import { nextMatch } from "./cron-matching.ts";
import type { TimeZone, ZoneTransition } from "./time-zone.ts";

/** Instants at which a schedule fires, as a set: the same from whatever instant one asks. Milliseconds since the epoch. */
export interface Slots {
  /** The first slot later than `after`; undefined when there is none within half a century. */
  next(after: number): number | undefined;
}

/** Local times this close to a clock change need the slow path; covers the Samoan day that did not exist (24 h). */
const NEAR_CHANGE_MS = 26 * 3_600_000;

/** Slots of several cron expressions in one time zone: those of each, together. */
export function cronSlots(expressions: readonly CronExpression[], zone: TimeZone): Slots {
  return {
    next(after) {
      let earliest: number | undefined;
      for (const cron of expressions) {
        const slot = cron.coversEveryHour ? nextRhythmicSlot(cron, zone, after) : nextWallClockSlot(cron, zone, after);
        if (slot !== undefined && (earliest === undefined || slot < earliest)) earliest = slot;
      }
      return earliest;
    },
  };
}

/**
 * For expressions that match in every hour: every real instant whose local time matches. So `@hourly` gives 23 slots on the day
 * that loses an hour and 25 on the day that gains one.
 */
function nextRhythmicSlot(cron: CronExpression, zone: TimeZone, after: number): number | undefined {
  let searchFrom = after;
  let changesFrom = after;
  let offset = zone.offsetAt(after);
  for (;;) {
    const match = nextMatch(cron, searchFrom + offset);
    if (match === undefined) return undefined;
    const slot = match - offset;
    const change = zone.transitionsBetween(changesFrom, slot)[0];
    if (change === undefined) return slot;
    // The clock changes first: go on with the new offset; the instant of the change itself may match.
    searchFrom = change.at - 1;
    changesFrom = change.at;
    offset = change.after;
  }
}

/**
 * For all other expressions a local time fires once a day: at its second occurrence when the clock repeats it, and as much later
 * as the clock jumps when it does not exist (Airflow's rule).
 */
function nextWallClockSlot(cron: CronExpression, zone: TimeZone, after: number): number | undefined {
  const offset = zone.offsetAt(after);
  const match = nextMatch(cron, after + offset);
  if (match === undefined) return undefined;
  const estimate = match - offset;
  if (isNearChange(zone, after) || isNearChange(zone, estimate)) return searchWallClockSlot(cron, zone, after);
  // A change may lie between the two instants, but neither is close enough to one to be ambiguous.
  return match - zone.offsetAt(estimate);
}

function isNearChange(zone: TimeZone, instant: number): boolean {
  return zone.transitionsBetween(instant - NEAR_CHANGE_MS, instant + NEAR_CHANGE_MS).length > 0;
}

/** Walks the matching local times around `after` and takes the earliest that falls later; right also where two fall together. */
function searchWallClockSlot(cron: CronExpression, zone: TimeZone, after: number): number | undefined {
  const around = zone.transitionsBetween(after - NEAR_CHANGE_MS, after + NEAR_CHANGE_MS);
  const shift = around.reduce((most, change) => Math.max(most, Math.abs(change.after - change.before)), 0);
  let match = nextMatch(cron, after + zone.offsetAt(after) - shift - 1);
  let best: number | undefined;
  while (match !== undefined) {
    const near = zone.transitionsBetween(match - 2 * NEAR_CHANGE_MS, match + 2 * NEAR_CHANGE_MS);
    const slot = resolveWallClock(match, zone, near);
    if (slot > after && (best === undefined || slot < best)) best = slot;
    // Local times only ever fall later than (local − greatest offset), so nothing beyond this one can beat `best`.
    const greatestOffset = near.reduce((most, change) => Math.max(most, change.before, change.after), zone.offsetAt(slot));
    if (best !== undefined && match - greatestOffset >= best) return best;
    match = nextMatch(cron, match);
  }
  return best;
}

/** The instant of a local time: the later one when there are two, as much later as the clock jumped when there is none. */
function resolveWallClock(wall: number, zone: TimeZone, near: readonly ZoneTransition[]): number {
  if (near.length === 0) return wall - zone.offsetAt(wall);
  for (const change of near.toReversed()) {
    if (wall - change.after >= change.at) return wall - change.after;
    // Between the two local readings of the change there is nothing: the clock jumped over this local time.
    if (wall - change.before >= change.at) return wall - change.before;
  }
  return wall - (near[0]?.before ?? 0);
}

/** The last slot that is not later than `at`; undefined when there is none within half a century. */
export function latestSlot(slots: Slots, at: number): number | undefined {
  let step = 60_000;
  let failed = at;
  for (;;) {
    const slot = slots.next(at - step);
    if (slot !== undefined && slot <= at) return narrow(slots, slot, failed, at);
    if (step > LONGEST_LOOK_BACK_MS) return undefined;
    failed = at - step;
    step *= 2;
  }
}

const LONGEST_LOOK_BACK_MS = 48 * 366 * 86_400_000;

/** Bisects for the last slot ≤ `at`, given one such slot and an instant after which the next slot is later than `at`. Slots are whole seconds. */
function narrow(slots: Slots, found: number, noneAfter: number, at: number): number {
  let latest = found;
  let high = noneAfter;
  while (high - latest >= 1000) {
    const middle = Math.floor((latest + high) / 2);
    const slot = slots.next(middle);
    if (slot !== undefined && slot <= at) latest = slot;
    else high = middle;
  }
  return latest;
}
