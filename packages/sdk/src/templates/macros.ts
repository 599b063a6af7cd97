import { randomUUID } from "node:crypto";
import type { JsonValue } from "@polyflow/contracts";
import type { Scope } from "./jinja.ts";
import { formatInLocale } from "./format-in-locale.ts";
import { timedeltaMs, writeTimedelta } from "./timedelta.ts";
import { strftime } from "./strftime.ts";
import { strptime } from "./strptime.ts";
import { readZonedTime, wallClock, writeZonedTime } from "./zoned-time.ts";

const DAY_MS = 86_400_000;
const UNITS = [
  ["year", 365 * DAY_MS],
  ["month", 30 * DAY_MS],
  ["week", 7 * DAY_MS],
  ["day", DAY_MS],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** Airflow's `macros`. */
export function macros(now: () => number): Scope {
  return {
    ds_add: (ds, days) =>
      wallClock({ epochMs: readZonedTime(ds).epochMs + Number(days) * DAY_MS, offsetMinutes: 0 })
        .toISOString()
        .slice(0, 10),
    ds_format: (ds, from, to) => strftime(strptime(String(ds), String(from)), String(to)),
    // the locale of what is read does not matter: names are not read
    ds_format_locale: (ds, from, to, ...[, locale]) =>
      formatInLocale(strptime(String(ds), String(from)), String(to), isGiven(locale) ? String(locale) : "en_US"),
    timedelta: (...rest) => writeTimedelta(timedeltaMs(rest)),
    dateutil: { parser: { parse: (text) => writeZonedTime(readZonedTime(text)) } },
    // JSON is YAML, too
    yaml: { dump: (value) => JSON.stringify(value, fromMaps) },
    datetime_diff_for_humans: (date, since) => differenceForPeople(readZonedTime(date).epochMs, since, now()),
    random: () => Math.random(),
    uuid: { uuid4: () => randomUUID() },
    time: { time: () => now() / 1_000 },
    datetime: {
      now: () => writeZonedTime({ epochMs: now(), offsetMinutes: 0 }),
      utcnow: () => writeZonedTime({ epochMs: now(), offsetMinutes: 0 }),
      today: () => writeZonedTime({ epochMs: now(), offsetMinutes: 0 }),
      strptime: (text, format) => writeZonedTime(strptime(String(text), String(format))),
      fromisoformat: (text) => writeZonedTime(readZonedTime(text)),
      timedelta: (...rest) => writeTimedelta(timedeltaMs(rest)),
    },
    // what comes from the engine is JSON, but for objects, which it gives as Maps
    json: { dumps: (value) => JSON.stringify(value, fromMaps), loads: (text) => JSON.parse(String(text)) as JsonValue },
  };
}

function differenceForPeople(epochMs: number, since: unknown, now: number): string {
  const isRelative = isGiven(since);
  const differenceMs = epochMs - (isRelative ? readZonedTime(since).epochMs : now);
  const [unit, unitMs] = UNITS.find(([, ms]) => Math.abs(differenceMs) >= ms) ?? ["second", 1_000];
  const count = Math.floor(Math.abs(differenceMs) / unitMs);
  const text = `${count} ${unit}${count === 1 ? "" : "s"}`;
  if (isRelative) return `${text} ${differenceMs < 0 ? "before" : "after"}`;
  return differenceMs < 0 ? `${text} ago` : `in ${text}`;
}

/** The engine hands a Map over where arguments were given by name. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(value instanceof Map);
}

function fromMaps(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}
