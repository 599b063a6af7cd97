import { invalidDag } from "./invalid-dag.ts";

const DAY_MS = 86_400_000;
const LOCAL_TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$/;
const WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * An instant in ISO 8601, in UTC. A text without an offset is a time of day in `timezone`.
 * @throws PolyflowError `dag_invalid`
 * @example readInstant("2026-01-01", "Europe/Moscow", "startDate"); // "2025-12-31T21:00:00.000Z"
 */
export function readInstant(value: unknown, timezone: string, option: string): string {
  const ms = value instanceof Date ? value.getTime() : instantMs(String(value), timezone);
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw invalidDag(
    `${option}: ${JSON.stringify(value)} is no date. Write "2026-01-31", "2026-01-31T06:00" or "2026-01-31T06:00:00+03:00".`,
  );
}

function instantMs(text: string, timezone: string): number {
  if (WITH_OFFSET.test(text)) return Date.parse(text);
  const match = LOCAL_TIME.exec(text);
  if (match === null) return Number.NaN;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1).map((part) => Number(part ?? 0));
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const wall = new Date(wallMs);
  // Date.UTC carries 31 February over into March; nobody means that
  if (wall.getUTCMonth() !== month - 1 || wall.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  return timezone === "UTC" ? wallMs : wallMs - offsetAtWallTime(wallMs, timezone);
}

/**
 * Offset of the zone at a time on its own clocks. Of a time that occurs twice (autumn) the second counts, as in cron schedules and in Airflow;
 * one that does not occur (spring) moves on by the length of the gap.
 */
function offsetAtWallTime(wallMs: number, timezone: string): number {
  const before = zoneOffsetMs(wallMs - DAY_MS, timezone);
  const after = zoneOffsetMs(wallMs + DAY_MS, timezone);
  // the smaller offset gives the later instant
  const candidates = [Math.min(before, after), Math.max(before, after)];
  return candidates.find((offset) => zoneOffsetMs(wallMs - offset, timezone) === offset) ?? before;
}

/** Milliseconds by which the clocks of an IANA zone are ahead of UTC at an instant (ms since 1970). @throws RangeError for an unknown zone */
export function zoneOffsetMs(instant: number, timezone: string): number {
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
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - Math.floor(instant / 1_000) * 1_000;
}
