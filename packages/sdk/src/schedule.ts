import type { AssetCondition, AssetReference, ScheduleSpec } from "@polyflow/contracts";
import { allOf, isReference, readCondition } from "./asset.ts";
import { type Duration, durationMs } from "./duration.ts";
import { readInstant } from "./instant.ts";
import { invalidDag } from "./invalid-dag.ts";
import { checkBoolean, checkText } from "./option-checks.ts";
import { Timetable } from "./timetable.ts";

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
 * @example { cron: "@daily", dataIntervals: true }
 * @example { events: ["2026-05-01T09:00", "2026-06-12T09:00"] }
 * @example [orders, customers]
 * @example { assets: anyOf(orders, customers), or: "@daily" }
 */
export type Schedule = SchedulePreset | (string & Readonly<Record<never, never>>) | readonly string[] | TimeSchedule | AssetSchedule | null;

/**
 * A schedule of times, with all there is to say of it.
 *
 * `dataIntervals`: each run is for the time between two slots and runs when that is over, as in Airflow 2; otherwise a run is for its slot.
 * The default is `[scheduler] create_cron_data_intervals`, which is off. `events`: these instants and no others; `restrict`: runs by hand
 * are for one of them, too.
 */
export type TimeSchedule =
  | { readonly every: Duration; readonly dataIntervals?: boolean }
  | { readonly cron: string | readonly string[]; readonly dataIntervals?: boolean }
  | { readonly events: readonly (string | Date)[]; readonly restrict?: boolean; readonly description?: string }
  | Timetable;

/** A schedule by assets. */
export type AssetSchedule =
  | AssetCondition
  | readonly AssetReference[]
  | { readonly assets: AssetCondition | readonly AssetReference[]; readonly or: string | readonly string[] | TimeSchedule };

const CRON_FIELD = /^[\dA-Za-z*?/,#LW-]+$/;
const SHORTEST_INTERVAL_MS = 1_000;

/**
 * The schedule in the spec's words. Only the shape of cron expressions is looked at; whether they can ever be due is checked when the file is read.
 * @throws PolyflowError `dag_invalid`
 */
export function readSchedule(schedule: Schedule, timezone: string): ScheduleSpec {
  if (schedule === null) return { kind: "none" };
  if (schedule instanceof Timetable) return readTimes(schedule, timezone);
  if (typeof schedule === "object") {
    if ("assets" in schedule) return readAssetOrTime(schedule, timezone);
    if (isAssets(schedule)) return { kind: "asset", condition: readAssetsToWaitFor(schedule) };
  }
  if (schedule === "@once") return { kind: "once" };
  if (schedule === "@continuous") return { kind: "continuous" };
  if (typeof schedule === "string") return readCrons([schedule], undefined, timezone);
  if (isList(schedule)) return readCrons(schedule, undefined, timezone);
  return readTimes(schedule as TimeSchedule, timezone);
}

/** Whether cron schedules are for data intervals where the author does not say; set once, before DAG files are imported. */
let cronDataIntervals = false;

/** See `[scheduler] create_cron_data_intervals`. */
export function setCronDataIntervals(isOn: boolean): void {
  cronDataIntervals = isOn;
}

/** The timetable of a schedule that is decided by the author's code. */
export function timetableOf(schedule: Schedule | undefined): Timetable | undefined {
  if (schedule instanceof Timetable) return schedule;
  const isBeside = typeof schedule === "object" && schedule !== null && "or" in schedule;
  return isBeside && schedule.or instanceof Timetable ? schedule.or : undefined;
}

function readTimes(schedule: TimeSchedule, timezone: string): ScheduleSpec {
  if (schedule instanceof Timetable) {
    const { name, description } = schedule;
    return { kind: "custom", name, ...(description === undefined ? {} : { description }) };
  }
  if (typeof schedule === "object" && "cron" in schedule) {
    const { cron, dataIntervals } = schedule;
    return readCrons(typeof cron === "string" ? [cron] : cron, dataIntervals, timezone);
  }
  if (typeof schedule === "object" && "events" in schedule) return readEvents(schedule, timezone);
  if (typeof schedule !== "object" || schedule.every === undefined) {
    throw invalidDag(`schedule: ${JSON.stringify(schedule)} is no schedule. Write "@daily", "0 6 * * *", { every: "15m" } or null.`);
  }
  const everyMs = durationMs(schedule.every, "schedule.every");
  if (everyMs < SHORTEST_INTERVAL_MS) throw invalidDag(`schedule: an interval of ${schedule.every} is too short, the shortest is 1s.`);
  const isOn = checkBoolean("schedule.dataIntervals", schedule.dataIntervals ?? false);
  return { kind: "interval", everyMs, ...(isOn ? { dataIntervals: true } : {}) };
}

function readCrons(expressions: readonly string[], dataIntervals: boolean | undefined, timezone: string): ScheduleSpec {
  if (expressions.length === 0) throw invalidDag("schedule: the list is empty. Give cron expressions, or null for runs by hand only.");
  const isOn = checkBoolean("schedule.dataIntervals", dataIntervals ?? cronDataIntervals);
  const sorted = [...new Set(expressions.map(readCron))].sort();
  return { kind: "cron", expressions: sorted, timezone, ...(isOn ? { dataIntervals: true } : {}) };
}

function readEvents({ events, restrict, description }: Extract<TimeSchedule, { events: unknown }>, timezone: string): ScheduleSpec {
  if (events.length === 0) throw invalidDag("schedule: there are no events. Give at least one instant, or null for runs by hand only.");
  const instants = [...new Set(events.map((event) => readInstant(event, timezone, "schedule.events")))].sort();
  return {
    kind: "events",
    events: instants,
    ...(description === undefined ? {} : { description: checkText("schedule.description", description, 2_000) }),
    ...(checkBoolean("schedule.restrict", restrict ?? false) ? { restrict: true } : {}),
  };
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
