import { strftime } from "./strftime.ts";
import { timedeltaMs } from "./timedelta.ts";
import { inTimeZone, readZonedTime, wallClock, writeZonedTime, type ZonedTime } from "./zoned-time.ts";

/** Units that `add` and `subtract` take, as pendulum names them. */
const UNIT_MS = { weeks: 604_800_000, days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1_000 } as const;

type NamedArguments = ReadonlyMap<string, unknown>;
/** Takes the text of a date and the arguments; gives text or a number. */
export type DateMethod = (date: unknown, ...rest: readonly unknown[]) => string | number;

/** What can be asked of a date in a template, as a method (`logical_date.strftime("%Y")`) or as a filter (`logical_date | strftime("%Y")`). */
export const DATE_METHODS: { readonly [name: string]: DateMethod } = {
  strftime: (date, format) => strftime(readZonedTime(date), String(format)),
  format: (date, format) => strftime(readZonedTime(date), String(format)),
  isoformat: (date) => writeZonedTime(readZonedTime(date), "T"),
  date: (date) => day(readZonedTime(date)),
  to_date_string: (date) => day(readZonedTime(date)),
  timestamp: (date) => readZonedTime(date).epochMs / 1_000,
  in_timezone: (date, zone) => writeZonedTime(inTimeZone(readZonedTime(date), String(zone))),
  in_tz: (date, zone) => writeZonedTime(inTimeZone(readZonedTime(date), String(zone))),
  add: (date, ...rest) => writeZonedTime(shift(readZonedTime(date), namedOf(rest), 1)),
  subtract: (date, ...rest) => writeZonedTime(shift(readZonedTime(date), namedOf(rest), -1)),
  // what `date + macros.timedelta(days=1)` and `date - …` are read as
  plus_timedelta: (date, ...rest) => writeZonedTime(move(readZonedTime(date), rest, 1)),
  minus_timedelta: (date, ...rest) => writeZonedTime(move(readZonedTime(date), rest, -1)),
  year: (date) => wallClock(readZonedTime(date)).getUTCFullYear(),
  month: (date) => wallClock(readZonedTime(date)).getUTCMonth() + 1,
  day: (date) => wallClock(readZonedTime(date)).getUTCDate(),
  hour: (date) => wallClock(readZonedTime(date)).getUTCHours(),
  minute: (date) => wallClock(readZonedTime(date)).getUTCMinutes(),
  second: (date) => wallClock(readZonedTime(date)).getUTCSeconds(),
  // Monday is 0, as in Python
  weekday: (date) => (wallClock(readZonedTime(date)).getUTCDay() + 6) % 7,
};

/** Airflow's filters for dates. */
export const DATE_FILTERS: { readonly [name: string]: DateMethod } = {
  ds: (date) => day(readZonedTime(date)),
  ds_nodash: (date) => day(readZonedTime(date)).replaceAll("-", ""),
  ts: (date) => writeZonedTime(readZonedTime(date), "T"),
  ts_nodash: (date) => strftime(readZonedTime(date), "%Y%m%dT%H%M%S"),
  ts_nodash_with_tz: (date) => strftime(readZonedTime(date), "%Y%m%dT%H%M%S%z"),
};

/** The last of the arguments of a call if it holds those that were given by name. */
export function namedOf(rest: readonly unknown[]): NamedArguments {
  const last = rest.at(-1);
  return last instanceof Map ? last : new Map();
}

function move(time: ZonedTime, rest: readonly unknown[], sign: 1 | -1): ZonedTime {
  return { epochMs: time.epochMs + sign * timedeltaMs(rest), offsetMinutes: time.offsetMinutes };
}

function day(time: ZonedTime): string {
  return wallClock(time).toISOString().slice(0, 10);
}

/** Months and years move on the calendar and stay within the month: 31 January and a month is 28 or 29 February. */
function shift(time: ZonedTime, amounts: NamedArguments, sign: 1 | -1): ZonedTime {
  const amountOf = (unit: string): number => sign * Number(amounts.get(unit) ?? 0);
  const months = amountOf("years") * 12 + amountOf("months");
  const wall = wallClock(time);
  const firstOfMonth = new Date(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() + months, 1));
  const lastDay = new Date(Date.UTC(firstOfMonth.getUTCFullYear(), firstOfMonth.getUTCMonth() + 1, 0)).getUTCDate();
  const moved =
    months === 0 ? wall.getTime() : firstOfMonth.getTime() + (Math.min(wall.getUTCDate(), lastDay) - 1) * UNIT_MS.days + timeOfDayMs(wall);
  const rest = Object.entries(UNIT_MS).reduce((sum, [unit, ms]) => sum + amountOf(unit) * ms, 0);
  return { epochMs: time.epochMs + (moved - wall.getTime()) + rest, offsetMinutes: time.offsetMinutes };
}

function timeOfDayMs(wall: Date): number {
  return wall.getTime() % UNIT_MS.days;
}
