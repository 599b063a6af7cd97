import { PolyflowError } from "@polyflow/contracts";
import { zoneOffsetMs } from "../instant.ts";

/** A point in time with the offset of the clock that it is read on; in templates a text such as `2026-01-31 06:00:00+03:00`. */
export interface ZonedTime {
  readonly epochMs: number;
  /** Minutes east of UTC. */
  readonly offsetMinutes: number;
}

const SHAPE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}:?\d{2})?)?$/;
const MINUTE_MS = 60_000;

/**
 * Reads a date or an instant; without an offset it is in UTC.
 * @throws PolyflowError `request_invalid` for what is no date
 * @example readZonedTime("2026-01-31T06:00:00+03:00").offsetMinutes; // 180
 */
export function readZonedTime(value: unknown): ZonedTime {
  if (value === undefined || value === null) {
    throw new PolyflowError(
      "request_invalid",
      'A date is asked for that there is not. Say what stands for it: {{ (date or "2026-01-31") | ds }}.',
    );
  }
  const match = SHAPE.exec(typeof value === "string" ? value.trim() : JSON.stringify(value));
  if (match === null) {
    throw new PolyflowError("request_invalid", `${JSON.stringify(value)} is no date. Write "2026-01-31" or "2026-01-31T06:00:00+03:00".`);
  }
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const fractionMs = Math.trunc(Number(`0.${match[7] ?? "0"}`) * 1_000);
  const offsetMinutes = readOffset(match[8] ?? "Z");
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second, fractionMs);
  return { epochMs: wallMs - offsetMinutes * MINUTE_MS, offsetMinutes };
}

/** The time as the clock shows it: a Date whose UTC parts are the wall clock's. */
export function wallClock({ epochMs, offsetMinutes }: ZonedTime): Date {
  return new Date(epochMs + offsetMinutes * MINUTE_MS);
}

/** Python's `str(datetime)`: `2026-01-31 06:00:00+03:00`; with `T` between date and time its `isoformat()`. */
export function writeZonedTime(time: ZonedTime, separator: " " | "T" = " "): string {
  const iso = wallClock(time).toISOString();
  const fraction = iso.slice(20, 23) === "000" ? "" : `.${iso.slice(20, 23)}000`;
  return `${iso.slice(0, 10)}${separator}${iso.slice(11, 19)}${fraction}${writeOffset(time.offsetMinutes, ":")}`;
}

export function writeOffset(offsetMinutes: number, separator: ":" | ""): string {
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`;
}

/** The same instant on the clocks of an IANA zone. @throws PolyflowError `request_invalid` for a zone that does not exist */
export function inTimeZone(time: ZonedTime, timezone: string): ZonedTime {
  try {
    return { epochMs: time.epochMs, offsetMinutes: zoneOffsetMs(time.epochMs, timezone) / MINUTE_MS };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PolyflowError("request_invalid", `${JSON.stringify(timezone)} is no time zone. Write an IANA name such as "Europe/Moscow".`);
  }
}

function readOffset(text: string): number {
  if (text === "Z") return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return text.startsWith("-") ? -minutes : minutes;
}
