import type { ScheduleSpec } from "@polyflow/contracts";
import { latestSlot } from "./cron-slots.ts";
import { slotsOf } from "./compiled-slots.ts";

/** The data that a run is for. */
export interface DataInterval {
  readonly start: Date;
  readonly end: Date;
}

/**
 * The data interval of a run that somebody asks for, from the moment at which it is to run. Where a schedule cuts time into data intervals
 * it is the newest complete one, otherwise it has no length.
 * @example manualInterval({ kind: "cron", expressions: ["@daily"], timezone: "UTC", dataIntervals: true }, new Date("2026-01-02T10:00Z"));
 * // 2026-01-01T00:00Z to 2026-01-02T00:00Z
 */
export function manualInterval(schedule: ScheduleSpec, runAfter: Date): DataInterval {
  const at = runAfter.getTime();
  const moment = { start: runAfter, end: runAfter };
  if (schedule.kind === "asset_or_time") return manualInterval(schedule.time, runAfter);
  if (schedule.kind === "cron" && schedule.dataIntervals === true) return newestComplete(schedule, at) ?? moment;
  if (schedule.kind === "interval" && schedule.dataIntervals === true) return { start: new Date(at - schedule.everyMs), end: runAfter };
  if (schedule.kind === "events" && schedule.restrict === true) return newestEvent(schedule.events, at) ?? moment;
  return moment;
}

function newestComplete({ expressions, timezone }: Extract<ScheduleSpec, { kind: "cron" }>, at: number): DataInterval | undefined {
  const slots = slotsOf(expressions, timezone);
  const end = latestSlot(slots, at);
  const start = end === undefined ? undefined : latestSlot(slots, end - 1);
  return end === undefined || start === undefined ? undefined : { start: new Date(start), end: new Date(end) };
}

/** The newest event that has passed, else the first one. */
function newestEvent(events: readonly string[], at: number): DataInterval | undefined {
  const event = events.findLast((candidate) => Date.parse(candidate) <= at) ?? events[0];
  return event === undefined ? undefined : { start: new Date(event), end: new Date(event) };
}
