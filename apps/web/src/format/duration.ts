import { durationFormat, secondsFormat } from "./formatters.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Unit = "days" | "hours" | "minutes" | "seconds" | "milliseconds";

/** Two largest units at most: enough to judge, short enough for a table cell. */
function parts(ms: number): Partial<Record<Unit, number>> {
  if (ms < SECOND) return { milliseconds: Math.floor(ms) };
  if (ms < MINUTE) return { seconds: Math.floor(ms / SECOND) };
  if (ms < HOUR) return { minutes: Math.floor(ms / MINUTE), seconds: Math.floor((ms % MINUTE) / SECOND) };
  if (ms < DAY) return { hours: Math.floor(ms / HOUR), minutes: Math.floor((ms % HOUR) / MINUTE) };
  return { days: Math.floor(ms / DAY), hours: Math.floor((ms % DAY) / HOUR) };
}

/**
 * A duration for people, in the language's own unit names.
 * @param ms milliseconds; a negative one (clocks that disagree) counts as zero
 * @example formatDuration(185_000, "ru"); // "3 мин 5 с"
 */
export function formatDuration(ms: number, language: string): string {
  const duration = parts(Math.max(0, ms));
  const seconds = duration.seconds;
  if (ms >= SECOND && ms < 10 * SECOND && seconds !== undefined) {
    // Below ten seconds tenths matter; Intl.DurationFormat shows fractions only with milliseconds given, padded to three digits.
    const tenths = Math.floor(ms / 100) / 10;
    return secondsFormat(language).format(tenths);
  }
  if (Object.values(duration).every((value) => value === 0)) {
    return secondsFormat(language).format(0);
  }
  return durationFormat(language).format(duration);
}

/**
 * From start to end, or to now while it runs; null before the start.
 * @returns milliseconds
 */
export function elapsedMs(start: string | null, end: string | null, now: number): number | null {
  if (start === null) return null;
  return Math.max(0, (end === null ? now : Date.parse(end)) - Date.parse(start));
}
