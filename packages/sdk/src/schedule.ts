import type { AssetCondition, AssetReference, ScheduleSpec } from "@polyflow/contracts";
import { allOf, isReference, readCondition } from "./asset.ts";
import { type Duration, durationMs } from "./duration.ts";
import { invalidDag } from "./invalid-dag.ts";

const PRESETS = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@quarterly": "0 0 1 */3 *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
} as const;

/** Names for common schedules. `@once`: one run; `@continuous`: the next run starts when the last one has ended. */
export type SchedulePreset = keyof typeof PRESETS | "@once" | "@continuous";

/**
 * When runs become due: a preset, a cron expression of 5 or 6 fields, several of them, an interval, or null for runs by hand only;
 * an asset, several of them (all must have been updated), a condition of assets, or assets and a schedule of times beside them.
 * @example "@daily"
 * @example ["0 9 * * MON-FRI", "0 12 * * SAT"]
 * @example { every: "15m" }
 * @example [orders, customers]
 * @example { assets: anyOf(orders, customers), or: "@daily" }
 */
export type Schedule =
  | SchedulePreset
  | (string & Readonly<Record<never, never>>)
  | readonly string[]
  | { readonly every: Duration }
  | AssetSchedule
  | null;

/** A schedule by assets. */
export type AssetSchedule =
  | AssetCondition
  | readonly AssetReference[]
  | { readonly assets: AssetCondition | readonly AssetReference[]; readonly or: string | readonly string[] | { readonly every: Duration } };

const CRON_FIELD = /^[\dA-Za-z*?/,#LW-]+$/;
const SHORTEST_INTERVAL_MS = 1_000;

/**
 * The schedule in the spec's words. Only the shape of cron expressions is looked at; whether they can ever be due is checked when the file is read.
 * @throws PolyflowError `dag_invalid`
 */
export function readSchedule(schedule: Schedule, timezone: string): ScheduleSpec {
  if (schedule === null) return { kind: "none" };
  if (typeof schedule === "object") {
    if ("assets" in schedule) return readAssetOrTime(schedule, timezone);
    if (isAssets(schedule)) return { kind: "asset", condition: readAssetsToWaitFor(schedule) };
  }
  if (schedule === "@once") return { kind: "once" };
  if (schedule === "@continuous") return { kind: "continuous" };
  if (typeof schedule === "string") return { kind: "cron", expressions: [readCron(schedule)], timezone };
  if (isList(schedule)) {
    if (schedule.length === 0) throw invalidDag("schedule: the list is empty. Give cron expressions, or null for runs by hand only.");
    return { kind: "cron", expressions: [...new Set(schedule.map(readCron))].sort(), timezone };
  }
  if (typeof schedule !== "object" || schedule.every === undefined) {
    throw invalidDag(`schedule: ${JSON.stringify(schedule)} is no schedule. Write "@daily", "0 6 * * *", { every: "15m" } or null.`);
  }
  const everyMs = durationMs(schedule.every, "schedule.every");
  if (everyMs < SHORTEST_INTERVAL_MS) throw invalidDag(`schedule: an interval of ${schedule.every} is too short, the shortest is 1s.`);
  return { kind: "interval", everyMs };
}

function readAssetOrTime(schedule: Extract<AssetSchedule, { or: unknown }>, timezone: string): ScheduleSpec {
  const time = readSchedule(schedule.or, timezone);
  if (time.kind === "none" || time.kind === "asset" || time.kind === "asset_or_time") {
    throw invalidDag(`schedule: "or" has to be a schedule of times, such as "@daily"; it is ${JSON.stringify(schedule.or)}.`);
  }
  return { kind: "asset_or_time", condition: readAssetsToWaitFor(schedule.assets), time };
}

function isAssets(schedule: object): schedule is AssetCondition | readonly AssetReference[] {
  return Array.isArray(schedule) ? schedule.length > 0 && schedule.every(isReference) : "kind" in schedule;
}

function readAssetsToWaitFor(assets: AssetCondition | readonly AssetReference[]): AssetCondition {
  return Array.isArray(assets) ? allOf(...assets) : readCondition(assets);
}

/** @throws PolyflowError `dag_invalid` when the name is not in the time zone database */
export function checkTimezone(timezone: string): string {
  if (timezone === "UTC") return timezone;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: timezone }).resolvedOptions().timeZone;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidDag(`timezone: ${JSON.stringify(timezone)} is not known. Write an IANA name such as "Europe/Moscow" or "UTC".`);
  }
}

function readCron(expression: unknown): string {
  const text = typeof expression === "string" ? expression.trim().replaceAll(/\s+/g, " ") : "";
  if (text.startsWith("@")) return readPreset(text);
  const fields = text.split(" ");
  if (fields.length < 5 || fields.length > 6 || !fields.every((field) => CRON_FIELD.test(field))) {
    throw invalidDag(
      `schedule: ${JSON.stringify(expression)} is no cron expression of 5 fields (minute hour day month weekday), as "30 6 * * MON-FRI".`,
    );
  }
  return text;
}

function readPreset(text: string): string {
  const found = Object.entries(PRESETS).find(([name]) => name === text);
  if (found !== undefined) return found[1];
  const names = [...Object.keys(PRESETS), "@once", "@continuous"].join(", ");
  throw invalidDag(`schedule: there is no preset "${text}" here. Presets: ${names}; @once and @continuous stand alone.`);
}

function isList(schedule: Schedule): schedule is readonly string[] {
  return Array.isArray(schedule);
}
