import { PolyflowError, type ScheduleSpec } from "@polyflow/contracts";
import { parseCronExpression } from "./cron-expression.ts";
import { cronError } from "./cron-field.ts";
import { nextMatch } from "./cron-matching.ts";
import { TimeZone } from "./time-zone.ts";

/** Below this a schedule would keep the scheduler busy with itself. */
const SHORTEST_INTERVAL_MS = 1000;
/** The calendar repeats; if no date from here on matches, none ever does. */
const ANY_DATE = Date.UTC(2000, 0, 1);

/**
 * Refuses a schedule that cannot work: bad syntax, an unknown time zone, a date that never comes, a senseless interval.
 * @throws PolyflowError `dag_invalid`; the message holds the value and what is wrong with it.
 * @example validateSchedule({ kind: "cron", expressions: ["0 0 30 2 *"], timezone: "UTC" }); // throws: never falls on any date
 */
export function validateSchedule(schedule: ScheduleSpec): void {
  if (schedule.kind === "asset_or_time") validateSchedule(schedule.time);
  if (schedule.kind === "cron") validateCron(schedule.expressions, schedule.timezone);
  if (schedule.kind === "interval") validateInterval(schedule.everyMs);
  if (schedule.kind === "events") validateEvents(schedule.events);
}

function validateCron(expressions: readonly string[], timezone: string): void {
  if (expressions.length === 0)
    throw new PolyflowError("dag_invalid", "The cron schedule has no expression. Give at least one, or no schedule.");
  TimeZone.of(timezone);
  for (const expression of expressions) {
    if (nextMatch(parseCronExpression(expression), ANY_DATE) === undefined) {
      throw cronError(expression, "no date ever matches it. Check the day of the month against the months.");
    }
  }
}

function validateEvents(events: readonly string[]): void {
  const instants = events.map((event) => Date.parse(event));
  if (instants.length > 0 && instants.every((instant, index) => index === 0 || instant > (instants[index - 1] ?? Number.NaN))) return;
  throw new PolyflowError("dag_invalid", "The events of a schedule are instants, at least one, each once and in their order.");
}

function validateInterval(everyMs: number): void {
  if (Number.isSafeInteger(everyMs) && everyMs >= SHORTEST_INTERVAL_MS) return;
  throw new PolyflowError(
    "dag_invalid",
    `An interval of ${everyMs} ms cannot be scheduled. Give whole milliseconds, at least ${SHORTEST_INTERVAL_MS} (1 s).`,
    {
      details: { everyMs },
    },
  );
}
