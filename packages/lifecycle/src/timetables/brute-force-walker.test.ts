import { describe, expect, it } from "vitest";
import { EXPRESSIONS, ZONES } from "../fixture/zones.ts";
import { parseCronExpression } from "./cron-expression.ts";
import { cronSlots } from "./cron-slots.ts";
import { TimeZone } from "./time-zone.ts";

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FROM = Date.UTC(2011, 0, 1);
const TO = Date.UTC(2031, 0, 1);
/** Of the expressions, tried around each change; a zone with two changes a year meets each of them many times. */
const EXPRESSIONS_PER_CHANGE = 3;

/** What a clock on the wall shows at an instant, as the same numbers in UTC; read from `Intl`, shares nothing with the code under test. */
function wallClock(timezone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (instant) => {
    // 3/10/2024, 01:59:00
    const [month = 0, day, year = 0, hour, minute, second] = format.format(instant).split(/\D+/).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

type Minutes = readonly (readonly [instant: number, local: number])[];

/** Local minutes of each UTC minute. Clocks change at quarters of an hour, so that one look a quarter tells all of it. */
function localMinutes(clock: (instant: number) => number, from: number, to: number): Minutes {
  const pairs: [number, number][] = [];
  for (let quarter = from; quarter < to; quarter += QUARTER_MS) {
    const ahead = clock(quarter) - quarter;
    for (let instant = quarter; instant < quarter + QUARTER_MS; instant += MINUTE_MS) pairs.push([instant, instant + ahead]);
  }
  return pairs;
}

/** Slots by walking: every local minute is tried against the expression (as UTC), then placed by the rules as they are written down. */
function walkedSlots(expression: string, pairs: Minutes): readonly number[] {
  const matching = localMatches(expression, pairs);
  if (parseCronExpression(expression).coversEveryHour) return pairs.filter(([, local]) => matching.has(local)).map(([instant]) => instant);
  const slots = new Set<number>();
  // A time that comes twice fires at its second occurrence.
  const last = new Map(pairs.filter(([, local]) => matching.has(local)).map(([instant, local]) => [local, instant]));
  for (const instant of last.values()) slots.add(instant);
  // One that does not come is shifted forward by as much as the clock jumps.
  pairs.slice(1).forEach(([, localAfter], index) => {
    const [before, localBefore] = pairs[index] ?? [0, 0];
    for (let missing = localBefore + MINUTE_MS; missing < localAfter; missing += MINUTE_MS)
      if (matching.has(missing)) slots.add(before + (missing - localBefore));
  });
  return [...slots].toSorted((a, b) => a - b);
}

/** Slots with `from` ≤ slot < `to`, of the code under test. */
function slotsWithin(cron: { readonly expression: string; readonly timezone: string }, from: number, to: number): readonly number[] {
  const slots = cronSlots([parseCronExpression(cron.expression)], TimeZone.of(cron.timezone));
  const found: number[] = [];
  for (let slot = slots.next(from - 1); slot !== undefined && slot < to; slot = slots.next(slot)) found.push(slot);
  return found;
}

/** Minutes that the expression means, whatever the zone. */
function localMatches(expression: string, pairs: Minutes): ReadonlySet<number> {
  const locals = pairs.map(([, local]) => local);
  const [first, last] = [locals.reduce((a, b) => Math.min(a, b)), locals.reduce((a, b) => Math.max(a, b))];
  return new Set(slotsWithin({ expression, timezone: "UTC" }, first, last + 1));
}

describe("slots of cron in 50 zones over 20 years, 2011 to 2030 (A2, I2; property)", () => {
  it("clocks change when, and only when, the zone's table says so", () => {
    expect(new Set(ZONES).size).toBe(50);
    for (const timezone of ZONES) {
      const clock = wallClock(timezone);
      const zone = TimeZone.of(timezone);
      let ahead = clock(FROM) - FROM;
      for (let at = FROM + DAY_MS; at <= TO; at += DAY_MS) {
        const aheadNow = clock(at) - at;
        const changes = zone.transitionsBetween(at - DAY_MS, at);
        const told = changes.at(-1)?.after ?? ahead;
        if (told !== aheadNow || (changes.length === 0) !== (ahead === aheadNow))
          expect.fail(`${timezone} ${new Date(at).toISOString()}: ${aheadNow} ms ahead, the table says ${told}`);
        ahead = aheadNow;
      }
    }
  });

  it("around every change of a clock they are those of a walker by the minute", () => {
    let changes = 0;
    for (const timezone of ZONES) {
      const clock = wallClock(timezone);
      for (const { at } of TimeZone.of(timezone).transitionsBetween(FROM, TO)) {
        const from = Math.floor(at / HOUR_MS) * HOUR_MS - 8 * HOUR_MS;
        const to = from + 34 * HOUR_MS;
        // The walker needs a margin: what is shifted into the window begins before it.
        const pairs = localMinutes(clock, from - 25 * HOUR_MS, to);
        for (let index = 0; index < EXPRESSIONS_PER_CHANGE; index++) {
          const expression = EXPRESSIONS[(changes * EXPRESSIONS_PER_CHANGE + index) % EXPRESSIONS.length] ?? "";
          const found = slotsWithin({ expression, timezone }, from, to);
          const walked = walkedSlots(expression, pairs).filter((slot) => slot >= from && slot < to);
          expect({ timezone, expression, at, slots: found }).toEqual({ timezone, expression, at, slots: walked });
        }
        changes += 1;
      }
    }
    expect(changes).toBeGreaterThan(900);
  });
});
