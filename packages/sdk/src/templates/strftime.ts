import { type ZonedTime, wallClock, writeOffset } from "./zoned-time.ts";

const DAY_MS = 86_400_000;
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** What each directive of Python's `strftime` writes; month and day names are those of the C locale. */
const DIRECTIVES: { readonly [directive: string]: (time: ZonedTime, wall: Date) => string } = {
  Y: (_time, wall) => String(wall.getUTCFullYear()).padStart(4, "0"),
  y: (_time, wall) => two(wall.getUTCFullYear() % 100),
  m: (_time, wall) => two(wall.getUTCMonth() + 1),
  d: (_time, wall) => two(wall.getUTCDate()),
  e: (_time, wall) => String(wall.getUTCDate()).padStart(2, " "),
  H: (_time, wall) => two(wall.getUTCHours()),
  I: (_time, wall) => two(wall.getUTCHours() % 12 || 12),
  M: (_time, wall) => two(wall.getUTCMinutes()),
  S: (_time, wall) => two(wall.getUTCSeconds()),
  f: (_time, wall) => `${String(wall.getUTCMilliseconds()).padStart(3, "0")}000`,
  p: (_time, wall) => (wall.getUTCHours() < 12 ? "AM" : "PM"),
  j: (_time, wall) => String(dayOfYear(wall)).padStart(3, "0"),
  a: (_time, wall) => (DAYS[wall.getUTCDay()] ?? "").slice(0, 3),
  A: (_time, wall) => DAYS[wall.getUTCDay()] ?? "",
  b: (_time, wall) => (MONTHS[wall.getUTCMonth()] ?? "").slice(0, 3),
  B: (_time, wall) => MONTHS[wall.getUTCMonth()] ?? "",
  u: (_time, wall) => String(wall.getUTCDay() || 7),
  w: (_time, wall) => String(wall.getUTCDay()),
  G: (_time, wall) => String(isoWeek(wall).year),
  V: (_time, wall) => two(isoWeek(wall).week),
  z: (time) => writeOffset(time.offsetMinutes, ""),
  Z: (time) => (time.offsetMinutes === 0 ? "UTC" : `UTC${writeOffset(time.offsetMinutes, ":")}`),
  s: (time) => String(Math.floor(time.epochMs / 1_000)),
  F: (_time, wall) => wall.toISOString().slice(0, 10),
  T: (_time, wall) => wall.toISOString().slice(11, 19),
  "%": () => "%",
};

/**
 * A time by a format of Python's `strftime`. A directive that is not known stays as it is.
 * @example strftime(readZonedTime("2026-01-31T06:05:00Z"), "%d.%m.%Y %H:%M"); // "31.01.2026 06:05"
 */
export function strftime(time: ZonedTime, format: string): string {
  const wall = wallClock(time);
  return format.replaceAll(/%(-?)([a-zA-Z%])/g, (written, dash: string, directive: string) => {
    const text = DIRECTIVES[directive]?.(time, wall);
    if (text === undefined) return written;
    return dash === "-" ? text.replace(/^0+(?=\d)/, "") : text;
  });
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function dayOfYear(wall: Date): number {
  return Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
}

/** ISO 8601: the week of the year that holds its Thursday. */
function isoWeek(wall: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(wall.getTime() + (4 - (wall.getUTCDay() || 7)) * DAY_MS);
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}
