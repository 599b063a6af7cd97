import type { ScheduleSpec } from "@polyflow/contracts";
import { describeCondition } from "../asset-condition.ts";

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
];

/**
 * A schedule in the short form that people know from DAG files; null when there is none.
 * @example describeSchedule({ kind: "interval", everyMs: 5_400_000 }); // "every 1h 30m"
 */
export function describeSchedule(schedule: ScheduleSpec): string | null {
  switch (schedule.kind) {
    case "none":
      return null;
    case "once":
      return "@once";
    case "continuous":
      return "@continuous";
    case "cron":
      return schedule.expressions.map((expression) => expression.trim()).join(" | ");
    case "interval":
      return `every ${describeDuration(schedule.everyMs)}`;
    case "events":
      return schedule.description ?? `${schedule.events.length} events`;
    case "custom":
      return schedule.description ?? schedule.name;
    case "asset":
      return describeCondition(schedule.condition);
    case "asset_or_time":
      return `${describeCondition(schedule.condition)}, or ${describeSchedule(schedule.time)}`;
  }
}

function describeDuration(durationMs: number): string {
  const parts: string[] = [];
  let rest = durationMs;
  for (const [unit, lengthMs] of UNITS) {
    const count = Math.floor(rest / lengthMs);
    rest -= count * lengthMs;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.join(" ");
}
