import { defer } from "../defer.ts";
import { currentDraft } from "../dag-draft.ts";
import { type Duration, durationMs } from "../duration.ts";
import { readInstant } from "../instant.ts";
import { invalidDag, within } from "../invalid-dag.ts";
import { checkKnown } from "../option-checks.ts";
import { checkTimezone } from "../schedule.ts";
import type { TaskContext } from "../task-context.ts";
import { FailTask } from "../task-errors.ts";
import { createTaskHandle, type TaskHandle } from "../task-handle.ts";
import { TASK_OPTIONS, type TaskOptions } from "../task-options.ts";

/** Where a time of day is not said otherwise. */
const UTC = "UTC";
const DAY_MS = 86_400_000;
const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/** Options of `timeSensor`. */
export interface TimeSensorOptions extends TaskOptions {
  /** Time of day, `"06:30"` or `"06:30:15"`. */
  readonly time: string;
  /** IANA time zone. Default `"UTC"`. */
  readonly timezone?: string;
}

/**
 * Adds a task that waits until a time of day: of the day on which it starts, in its zone. Like the other time sensors it takes neither a
 * slot nor a process meanwhile, and goes on at the very instant.
 * @example timeSensor({ id: "office_hours", time: "08:00", timezone: "Europe/Moscow" });
 */
export function timeSensor({ time, timezone = UTC, ...options }: TimeSensorOptions): TaskHandle<string> {
  within(`task "${String(options.id)}"`, () => {
    if (!TIME_OF_DAY.test(String(time))) throw invalidDag(`time: ${JSON.stringify(time)} is no time of day. Write "06:30" or "06:30:15".`);
    checkTimezone(timezone);
  });
  return untilSensor(options, {
    name: "time_sensor",
    details: { time, timezone },
    target: (context) => timeOfDay(context.now(), time, timezone),
  });
}

/** Options of `dateTimeSensor`. */
export interface DateTimeSensorOptions extends TaskOptions {
  /** An instant: `"2026-01-31T06:00"`, with an offset, or a Date; or a function of the context that gives one. */
  readonly until: string | Date | ((context: TaskContext) => string | Date);
  /** IANA time zone of an instant without an offset. Default `"UTC"`. */
  readonly timezone?: string;
}

/**
 * Adds a task that waits until an instant.
 * @example dateTimeSensor({ id: "go_live", until: "2026-09-01T09:00", timezone: "Europe/Moscow" });
 */
export function dateTimeSensor({ until, timezone = UTC, ...options }: DateTimeSensorOptions): TaskHandle<string> {
  within(`task "${String(options.id)}"`, () => {
    checkTimezone(timezone);
    if (typeof until !== "function") readInstant(until, timezone, "until");
  });
  const target = (context: TaskContext): Date =>
    new Date(readInstant(typeof until === "function" ? until(context) : until, timezone, "until"));
  const shown = typeof until === "function" ? "a function of the run" : readInstant(until, timezone, "until");
  return untilSensor(options, { name: "date_time_sensor", details: { until: shown }, target });
}

/** Options of `timeDeltaSensor`. */
export interface TimeDeltaSensorOptions extends TaskOptions {
  /** How long after the end of the run's data interval; of a run without one, after the moment from which it was to run. */
  readonly delta: Duration;
}

/**
 * Adds a task that waits until some time after the end of the run's data interval.
 * @example timeDeltaSensor({ id: "late_files", delta: "45m" });
 */
export function timeDeltaSensor({ delta, ...options }: TimeDeltaSensorOptions): TaskHandle<string> {
  const deltaMs = within(`task "${String(options.id)}"`, () => durationMs(delta, "delta"));
  const target = (context: TaskContext): Date => new Date((context.dataIntervalEnd ?? context.runAfter).getTime() + deltaMs);
  return untilSensor(options, { name: "time_delta_sensor", details: { delta }, target });
}

/** Options of `waitSensor`. */
export interface WaitSensorOptions extends TaskOptions {
  readonly duration: Duration;
}

/**
 * Adds a task that waits for a while from its own start, without a slot.
 * @example waitSensor({ id: "settle", duration: "10m" });
 */
export function waitSensor({ duration, ...options }: WaitSensorOptions): TaskHandle<string> {
  const waitMs = within(`task "${String(options.id)}"`, () => durationMs(duration, "duration"));
  return untilSensor(options, {
    name: "wait_sensor",
    details: { duration },
    target: (context) => new Date(context.now().getTime() + waitMs),
  });
}

interface Until {
  readonly name: string;
  readonly details: { readonly [name: string]: string };
  readonly target: (context: TaskContext) => Date;
}

/** The output is the instant that was waited for. */
function untilSensor(options: TaskOptions, { name, details, target }: Until): TaskHandle<string> {
  within(`task "${String(options.id)}"`, () => checkKnown(options, TASK_OPTIONS));
  const added = currentDraft(options.id).addTask({
    operator: name,
    options,
    inputs: {},
    details,
    execute: async (_values, context) => {
      const kept = context.wait?.resumed?.state;
      if (typeof kept === "string") return kept;
      const until = target(context);
      if (Number.isNaN(until.getTime())) throw new FailTask("The instant to wait for is no date. Look at the sensor's options.");
      if (until <= context.now()) return until.toISOString();
      context.log.info(`Waits until ${until.toISOString()}.`);
      return defer({ until, state: until.toISOString() });
    },
  });
  return createTaskHandle(added);
}

/** The instant of a time of day on the zone's day that `now` lies in. */
function timeOfDay(now: Date, time: string, timezone: string): Date {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, year: "numeric", month: "2-digit", day: "2-digit" });
  const today = new Date(readInstant(`${format.format(now)}T${time}`, timezone, "time"));
  // a day on which the clocks skip midnight has no other day's date
  return today.getTime() - now.getTime() > DAY_MS ? now : today;
}
