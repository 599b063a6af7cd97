import { msgid } from "../i18n/msgid.ts";

/** A schedule as a sentence of the catalogue with its values; `raw` when no sentence says it exactly. */
export type ScheduleWords =
  | { readonly kind: "text"; readonly text: string; readonly values: Readonly<Record<string, string | number>> }
  | { readonly kind: "weekdays"; readonly days: readonly number[]; readonly time: string }
  /** An interval of several units. */
  | { readonly kind: "interval"; readonly everyMs: number }
  | { readonly kind: "raw"; readonly expression: string };

const PRESETS: Readonly<Record<string, string>> = {
  "@once": msgid("Once"),
  "@continuous": msgid("Continuously"),
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@quarterly": "0 0 1 */3 *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

const INTERVAL_TEXTS = {
  s: msgid("Every {{count}} second"),
  m: msgid("Every {{count}} minute"),
  h: msgid("Every {{count}} hour"),
  d: msgid("Every {{count}} day"),
};
const EVERY_ONE: Readonly<Record<string, string>> = {
  s: msgid("Every second"),
  m: msgid("Every minute"),
  h: msgid("Every hour"),
  d: msgid("Every day"),
};

/**
 * Reads a schedule's machine form: a preset, a cron expression, `every 5m` or `3 events`.
 * Only forms that a short sentence says without loss become words; all others stay as they are.
 * @example scheduleWords("30 6 * * *"); // { kind: "text", text: "Every day at {{time}}", values: { time: "06:30" } }
 */
export function scheduleWords(schedule: string): ScheduleWords {
  const expression = schedule.trim();
  const events = /^(\d+) events$/.exec(expression)?.[1];
  if (events !== undefined) return { kind: "text", text: msgid("On {{count}} date"), values: { count: Number(events) } };
  if (expression.startsWith("every ")) return intervalWords(expression.slice("every ".length)) ?? { kind: "raw", expression };
  const preset = PRESETS[expression];
  if (preset?.startsWith("0 ") === false) return { kind: "text", text: preset, values: {} };
  return cronWords(preset ?? expression) ?? { kind: "raw", expression };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `5m`, `1h 30m`. */
function intervalWords(text: string): ScheduleWords | null {
  const parts = [...text.matchAll(/(\d+)(ms|[smhdw])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join(" ") !== text.trim()) return null;
  const [, count, unit] = parts[0] ?? [];
  const simple = parts.length === 1 ? every(Number(count), unit) : null;
  if (simple) return simple;
  return { kind: "interval", everyMs: parts.reduce((sum, [, number, name]) => sum + Number(number) * (UNIT_MS[name ?? ""] ?? 0), 0) };
}

function every(count: number, unit: string | undefined): ScheduleWords | null {
  if (unit !== "s" && unit !== "m" && unit !== "h" && unit !== "d") return null;
  if (count === 1) return { kind: "text", text: EVERY_ONE[unit] ?? "", values: {} };
  return { kind: "text", text: INTERVAL_TEXTS[unit], values: { count } };
}

const isNumber = (field: string) => /^\d{1,2}$/.test(field);
const stepOf = (field: string) => (/^\*\/\d{1,2}$/.test(field) ? Number(field.slice(2)) : null);
const clock = (hour: string, minute: string) => `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;

function cronWords(expression: string): ScheduleWords | null {
  const fields = expression.split(/\s+/);
  if (fields.length !== 5) return null;
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const everyDay = [day, month, weekday].every((field) => field === "*");
  if (everyDay && hour === "*") return withinHour(minute);
  const hourStep = stepOf(hour);
  if (hourStep !== null) return everyDay ? withinDay(minute, hourStep) : null;
  if (!isNumber(minute) || !/^\d{1,2}(,\d{1,2})*$/.test(hour)) return null;
  const time = hour
    .split(",")
    .map((one) => clock(one, minute))
    .join(", ");
  return everyDay ? { kind: "text", text: msgid("Every day at {{time}}"), values: { time } } : onSomeDays({ day, month, weekday, time });
}

function withinDay(minute: string, hourStep: number): ScheduleWords | null {
  return minute === "0" && hourStep > 0 && 24 % hourStep === 0 ? every(hourStep, "h") : null;
}

/** Steps that do not divide the hour jump at its end: no plain sentence. */
function withinHour(minute: string): ScheduleWords | null {
  if (minute === "*") return every(1, "m");
  if (minute === "0") return every(1, "h");
  if (isNumber(minute)) return { kind: "text", text: msgid("Every hour at minute {{minute}}"), values: { minute } };
  const step = stepOf(minute);
  return step !== null && step > 0 && 60 % step === 0 ? every(step, "m") : null;
}

function onSomeDays({ day, month, weekday, time }: { day: string; month: string; weekday: string; time: string }): ScheduleWords | null {
  if (day === "*" && month === "*") {
    const days = weekdays(weekday);
    if (days === null) return null;
    if (days.join() === "1,2,3,4,5") return { kind: "text", text: msgid("On weekdays at {{time}}"), values: { time } };
    return { kind: "weekdays", days, time };
  }
  if (weekday !== "*" || !isNumber(day)) return null;
  if (month === "*") return { kind: "text", text: msgid("On day {{day}} of every month at {{time}}"), values: { day, time } };
  if (month === "*/3") return { kind: "text", text: msgid("On day {{day}} of every quarter at {{time}}"), values: { day, time } };
  if (month === "1" && day === "1") return { kind: "text", text: msgid("Every year on January 1 at {{time}}"), values: { time } };
  return null;
}

const DAY_NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Days of a cron weekday field, Monday (1) to Sunday (7); null when it holds a form not known here. */
function weekdays(field: string): readonly number[] | null {
  const days = new Set<number>();
  for (const part of field.toLowerCase().split(",")) {
    const [from, to, more] = part.split("-").map(dayNumber);
    if (from === undefined || from === null || to === null || more !== undefined) return null;
    for (let day = from; day <= (to ?? from); day++) days.add(day === 0 ? 7 : day);
  }
  return [...days].sort((a, b) => a - b);
}

function dayNumber(text: string): number | null {
  if (/^[0-7]$/.test(text)) return Number(text);
  const index = DAY_NAMES.indexOf(text);
  return index === -1 ? null : index;
}
