import type { CronExpression } from "./cron-expression.ts";

const SECOND_MS = 1000;
const DAY_S = 86_400;
const DAY_MS = DAY_S * SECOND_MS;
/** The rarest dates that exist come back after 40 years (29 February on a given weekday, over 2100); what takes longer never comes. */
const SEARCH_YEARS = 48;

/**
 * The first matching second after `wallMs`, both as wall-clock time written as if it were UTC.
 * @returns undefined when the expression matches no date at all (30 February).
 */
export function nextMatch(cron: CronExpression, wallMs: number): number | undefined {
  const second = Math.floor(wallMs / SECOND_MS) + 1;
  const day = Math.floor(second / DAY_S);
  const first = nextMatchingDay(cron, day);
  if (first === undefined) return undefined;
  if (first === day) {
    const time = nextTimeOfDay(cron, second - day * DAY_S);
    if (time !== undefined) return day * DAY_MS + time * SECOND_MS;
    const following = nextMatchingDay(cron, day + 1);
    return following === undefined ? undefined : startOfMatches(cron, following);
  }
  return startOfMatches(cron, first);
}

function startOfMatches(cron: CronExpression, day: number): number | undefined {
  const time = nextTimeOfDay(cron, 0);
  return time === undefined ? undefined : day * DAY_MS + time * SECOND_MS;
}

/** Second of the day, from `from` on. */
function nextTimeOfDay(cron: CronExpression, from: number): number | undefined {
  const fromHour = Math.floor(from / 3600);
  const fromMinute = Math.floor(from / 60) % 60;
  let hour = nextIn(cron.hours, fromHour);
  if (hour === fromHour) {
    const withinHour = nextInHour(cron, fromMinute, from % 60);
    if (withinHour !== undefined) return hour * 3600 + withinHour;
    hour = nextIn(cron.hours, fromHour + 1);
  }
  return hour === undefined ? undefined : hour * 3600 + (nextInHour(cron, 0, 0) ?? 0);
}

/** Second of the hour, from the given minute and second on. */
function nextInHour(cron: CronExpression, fromMinute: number, fromSecond: number): number | undefined {
  let minute = nextIn(cron.minutes, fromMinute);
  if (minute === fromMinute) {
    const second = nextIn(cron.seconds, fromSecond);
    if (second !== undefined) return minute * 60 + second;
    minute = nextIn(cron.minutes, fromMinute + 1);
  }
  return minute === undefined ? undefined : minute * 60 + (nextIn(cron.seconds, 0) ?? 0);
}

function nextIn(matches: Uint8Array, from: number): number | undefined {
  for (let value = from; value < matches.length; value++) if (matches[value] === 1) return value;
  return undefined;
}

/** Days since 1970-01-01, from `fromDay` on. Looks at one month at a time, so rare dates cost little. */
function nextMatchingDay(cron: CronExpression, fromDay: number): number | undefined {
  const date = new Date(fromDay * DAY_MS);
  let year = date.getUTCFullYear();
  let month = date.getUTCMonth();
  let passed = date.getUTCDate();
  const lastYear = year + SEARCH_YEARS;
  while (year <= lastYear) {
    if (cron.months[month + 1] === 1) {
      const firstOfMonth = Date.UTC(year, month, 1) / DAY_MS;
      // Clears the bits of the days before `passed`; bit 0 is never set.
      const bits = matchingDaysOfMonth(cron, firstOfMonth, daysInMonth(year, month)) & -(2 ** passed);
      if (bits !== 0) return firstOfMonth + (31 - Math.clz32(bits & -bits)) - 1;
    }
    passed = 1;
    month = (month + 1) % 12;
    if (month === 0) year += 1;
  }
  return undefined;
}

function matchingDaysOfMonth(cron: CronExpression, firstOfMonth: number, length: number): number {
  const existing = length === 31 ? -2 : 2 ** (length + 1) - 2;
  if (!cron.restrictsDayOfMonth && !cron.restrictsDayOfWeek) return existing;
  const byDay = cron.restrictsDayOfMonth ? cron.dayOfMonthBits | (cron.lastDayOfMonth ? 1 << length : 0) : 0;
  // 1970-01-01 was a Thursday (4).
  const weekdayOfFirst = (((firstOfMonth + 4) % 7) + 7) % 7;
  const byWeekday = cron.restrictsDayOfWeek ? weekdaysOfMonth(cron, weekdayOfFirst, length) : 0;
  return (byDay | byWeekday) & existing;
}

function weekdaysOfMonth(cron: CronExpression, weekdayOfFirst: number, length: number): number {
  let bits = cron.weekdayBits[weekdayOfFirst] ?? 0;
  for (const { dayOfWeek, nth } of cron.nthDaysOfWeek) {
    const firstSuch = 1 + ((dayOfWeek - weekdayOfFirst + 7) % 7);
    const day = nth === -1 ? firstSuch + 7 * Math.floor((length - firstSuch) / 7) : firstSuch + 7 * (nth - 1);
    if (day <= length) bits |= 1 << day;
  }
  return bits;
}

function daysInMonth(year: number, month: number): number {
  if (month === 1) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31;
}
