import { clockFormat, instantFormat, relativeFormat, shortFormat, shortFormatWithYear, yearFormat } from "./formatters.ts";

/** Which clock instants are shown by. */
export const TIME_ZONE_MODES = ["local", "utc", "server"] as const;
export type TimeZoneMode = (typeof TIME_ZONE_MODES)[number];

/** IANA name of the zone to show, undefined for the browser's own. */
export function zoneOf(mode: TimeZoneMode, serverZone: string): string | undefined {
  if (mode === "utc") return "UTC";
  return mode === "server" ? serverZone : undefined;
}

/** Date and time in full, with seconds. */
export function formatInstant(iso: string, language: string, zone: string | undefined): string {
  return instantFormat(language, zone).format(new Date(iso));
}

/** Date and time to the minute; the year only when it is not the present one. */
export function formatShortInstant(iso: string, now: number, zone: { language: string; timeZone: string | undefined }): string {
  const at = new Date(iso);
  const years = yearFormat("en", zone.timeZone);
  const sameYear = years.format(at) === years.format(new Date(now));
  return (sameYear ? shortFormat : shortFormatWithYear)(zone.language, zone.timeZone).format(at);
}

/** Time of day with milliseconds, for log lines. */
export function formatClock(iso: string, language: string, zone: string | undefined): string {
  return clockFormat(language, zone).format(new Date(iso));
}

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

/**
 * How far away an instant is.
 * @param now milliseconds since the epoch
 * @example formatRelative("2026-01-01T00:05:00Z", Date.parse("2026-01-01T00:00:00Z"), "en"); // "in 5 min."
 */
export function formatRelative(iso: string, now: number, language: string): string {
  const distance = Date.parse(iso) - now;
  const [unit, size] = STEPS.find(([, ms]) => Math.abs(distance) >= ms) ?? (["second", 1_000] as const);
  return relativeFormat(language).format(Math.trunc(distance / size), unit);
}
