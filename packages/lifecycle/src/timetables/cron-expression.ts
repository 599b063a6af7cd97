import { cronError, DAY_OF_MONTH, DAY_OF_WEEK, HOUR, MINUTE, MONTH, parseCronField, parseCronValue, SECOND } from "./cron-field.ts";

/** Names for common expressions. */
export const CRON_PRESETS: { readonly [preset: string]: string } = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@quarterly": "0 0 1 */3 *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/** `5#2`: the second Friday of the month; `nth` −1 (`5L`): the last one. */
interface NthDayOfWeek {
  readonly dayOfWeek: number;
  readonly nth: number;
}

/** A parsed cron expression: which wall-clock seconds match. Knows nothing of time zones. */
export interface CronExpression {
  readonly text: string;
  readonly seconds: Uint8Array;
  readonly minutes: Uint8Array;
  readonly hours: Uint8Array;
  readonly months: Uint8Array;
  /** Bit n: day n of the month. */
  readonly dayOfMonthBits: number;
  readonly lastDayOfMonth: boolean;
  /** Index: weekday of the first of the month; bit n: day n of such a month has a matching weekday. */
  readonly weekdayBits: readonly number[];
  readonly nthDaysOfWeek: readonly NthDayOfWeek[];
  readonly restrictsDayOfMonth: boolean;
  readonly restrictsDayOfWeek: boolean;
  /** The hour field matches every hour: such schedules keep their rhythm in absolute time when clocks change. */
  readonly coversEveryHour: boolean;
}

/**
 * Reads an expression of five fields (minute, hour, day of month, month, day of week), or six with the second **last**, as Airflow
 * writes it, or a preset. Besides the usual syntax: names, `L` (last day of the month), `5L` (last Friday), `5#2` (second Friday).
 * Day of month and day of week both restricted: either may match, as in every cron.
 * @throws PolyflowError `dag_invalid` with the expression and the faulty part.
 * @example parseCronExpression("30 6 * * MON-FRI")
 */
export function parseCronExpression(text: string): CronExpression {
  const trimmed = text.trim();
  const fields = (trimmed.startsWith("@") ? expandPreset(trimmed) : trimmed).split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek, second = "0"] = fields;
  if (
    fields.length > 6 ||
    minute === undefined ||
    hour === undefined ||
    dayOfMonth === undefined ||
    month === undefined ||
    dayOfWeek === undefined
  ) {
    const count = trimmed === "" ? 0 : fields.length;
    throw cronError(text, `it has ${count} fields. Write five (minute hour day-of-month month day-of-week) or six with seconds last.`);
  }
  const days = parseDaysOfMonth(dayOfMonth, text);
  const weekdays = parseDaysOfWeek(dayOfWeek, text);
  const hours = parseCronField(hour, HOUR, text);
  return {
    text: trimmed,
    seconds: parseCronField(second, SECOND, text),
    minutes: parseCronField(minute, MINUTE, text),
    hours,
    months: parseCronField(month, MONTH, text),
    ...days,
    ...weekdays,
    coversEveryHour: hours.every((matches) => matches === 1),
  };
}

function expandPreset(preset: string): string {
  const expression = CRON_PRESETS[preset.toLowerCase()];
  if (expression !== undefined) return expression;
  throw cronError(preset, `there is no such preset. Known are ${Object.keys(CRON_PRESETS).join(", ")}.`);
}

function parseDaysOfMonth(
  text: string,
  expression: string,
): Pick<CronExpression, "dayOfMonthBits" | "lastDayOfMonth" | "restrictsDayOfMonth"> {
  const items = text.split(",");
  const plain = items.filter((item) => item.toUpperCase() !== "L");
  const matches = plain.length === 0 ? new Uint8Array(32) : parseCronField(plain.join(","), DAY_OF_MONTH, expression);
  let dayOfMonthBits = 0;
  for (let day = 1; day <= 31; day++) if (matches[day] === 1) dayOfMonthBits |= 1 << day;
  const lastDayOfMonth = plain.length < items.length;
  return { dayOfMonthBits, lastDayOfMonth, restrictsDayOfMonth: dayOfMonthBits !== ALL_DAYS };
}

/** Bits 1 to 31. */
const ALL_DAYS = -2;

function parseDaysOfWeek(text: string, expression: string): Pick<CronExpression, "weekdayBits" | "nthDaysOfWeek" | "restrictsDayOfWeek"> {
  const plain: string[] = [];
  const nthDaysOfWeek: NthDayOfWeek[] = [];
  for (const item of text.split(",")) {
    const nth = parseNthDayOfWeek(item, expression);
    if (nth === undefined) plain.push(item);
    else nthDaysOfWeek.push(nth);
  }
  const matches = plain.length === 0 ? new Uint8Array(8) : parseCronField(plain.join(","), DAY_OF_WEEK, expression);
  if (matches[7] === 1) matches[0] = 1;
  const weekdayBits = [0, 1, 2, 3, 4, 5, 6].map((weekdayOfFirst) => {
    let bits = 0;
    for (let day = 1; day <= 31; day++) if (matches[(weekdayOfFirst + day - 1) % 7] === 1) bits |= 1 << day;
    return bits;
  });
  return { weekdayBits, nthDaysOfWeek, restrictsDayOfWeek: weekdayBits[0] !== ALL_DAYS };
}

function parseNthDayOfWeek(item: string, expression: string): NthDayOfWeek | undefined {
  const last = /^(\w+)L$/i.exec(item);
  if (last?.[1] !== undefined) return { dayOfWeek: parseCronValue(last[1], DAY_OF_WEEK, expression) % 7, nth: -1 };
  const [day, nthText] = item.split("#");
  if (nthText === undefined || day === undefined) return undefined;
  const dayOfWeek = parseCronValue(day, DAY_OF_WEEK, expression) % 7;
  if (nthText.toUpperCase() === "L") return { dayOfWeek, nth: -1 };
  if (!/^[1-5]$/.test(nthText))
    throw cronError(expression, `"${item}": after # comes 1 to 5 or L, which of these weekdays in the month is meant.`);
  return { dayOfWeek, nth: Number(nthText) };
}
