/** What each position of a cron expression allows, as sorted numbers. */
export interface CronSets {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  /** `L`: the last day of the month. */
  readonly lastDay: boolean;
  readonly months: readonly number[];
  /** Monday (1) to Sunday (7). */
  readonly weekdays: readonly number[];
  /** `1#2`: the second Monday; `nth` 0 is the last (`1L`). */
  readonly nthWeekdays: readonly NthWeekday[];
}

export interface NthWeekday {
  readonly weekday: number;
  readonly nth: number;
}

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const SIXTY: Field = { min: 0, max: 59 };
const HOURS: Field = { min: 0, max: 23 };
const DAYS: Field = { min: 1, max: 31 };
const MONTHS: Field = {
  min: 1,
  max: 12,
  names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAYS: Field = { min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

/** Reads five fields, or six with the second last; null for anything that is no such expression. */
export function readCron(expression: string): CronSets | null {
  const fields = expression.toLowerCase().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) return null;
  const [minute = "", hour = "", day = "", month = "", weekday = "", second = "0"] = fields;
  const dayItems = day.split(",");
  const days = valuesOf(
    dayItems.filter((item) => item !== "l"),
    DAYS,
  );
  const weekdayItems = weekday.split(",");
  const nthWeekdays = weekdayItems.map(readNth);
  const weekdays = valuesOf(
    weekdayItems.filter((_, index) => nthWeekdays[index] === null),
    WEEKDAYS,
  );
  const [minutes, hours, months] = [
    valuesOf(minute.split(","), SIXTY),
    valuesOf(hour.split(","), HOURS),
    valuesOf(month.split(","), MONTHS),
  ];
  const seconds = valuesOf(second.split(","), SIXTY);
  if (!minutes || !hours || !days || !months || !weekdays || !seconds) return null;
  return {
    seconds,
    minutes,
    hours,
    days,
    lastDay: dayItems.includes("l"),
    months,
    weekdays: weekdays.map((each) => (each === 0 ? 7 : each)).toSorted((a, b) => a - b),
    nthWeekdays: nthWeekdays.filter((each) => each !== null),
  };
}

/** `1#2`, `mon#l`, `5l`. */
function readNth(item: string): NthWeekday | null {
  const [, name = "", nth = "l"] = /^(\w+?)(?:#([1-5l])|l)$/.exec(item) ?? [];
  const weekday = valueOf(name, WEEKDAYS);
  return weekday === null ? null : { weekday: weekday % 7 === 0 ? 7 : weekday, nth: nth === "l" ? 0 : Number(nth) };
}

function valuesOf(items: readonly string[], field: Field): readonly number[] | null {
  const values = new Set<number>();
  for (const item of items) {
    const [span = "", step = "1", ...more] = item.split("/");
    const bounds = boundsOf(span, item.includes("/"), field);
    if (bounds === null || more.length > 0 || !/^[1-9]\d{0,3}$/.test(step)) return null;
    const size = field.max - field.min + 1;
    // A range over the end of the field begins again, as FRI-MON and 22-2 do.
    const length = ((bounds[1] - bounds[0] + size) % size) + 1;
    for (let at = 0; at < length; at += Number(step)) values.add(((bounds[0] - field.min + at) % size) + field.min);
  }
  return [...values].toSorted((a, b) => a - b);
}

function boundsOf(span: string, hasStep: boolean, field: Field): readonly [number, number] | null {
  if (span === "*" || span === "?") return [field.min, field.max];
  const [from, to, ...more] = span.split("-").map((each) => valueOf(each, field));
  if (from === undefined || from === null || to === null || more.length > 0) return null;
  const end = to ?? (hasStep ? field.max : from);
  // Sunday is 0 and 7.
  return [from > field.max ? field.min : from, field === WEEKDAYS && end === 7 ? (from === 0 ? 6 : 0) : end];
}

function valueOf(text: string, field: Field): number | null {
  const named = field.names?.indexOf(text) ?? -1;
  if (named >= 0) return named + field.min;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : -1;
  const max = field === WEEKDAYS ? 7 : field.max;
  return value >= field.min && value <= max ? value : null;
}
