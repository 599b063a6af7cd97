import { msgid } from "../i18n/msgid.ts";
import { type CronSets, type NthWeekday, readCron } from "./cron-sets.ts";
import { type TimeWords, timeWords } from "./cron-time-words.ts";

/** Which days; several are joined by "or". None at all: every day. */
export type DayWords =
  | { readonly kind: "weekdays"; readonly days: readonly number[] }
  | { readonly kind: "nth"; readonly nth: NthWeekday }
  | { readonly kind: "days"; readonly days: readonly number[] }
  | { readonly kind: "last" };

/** A schedule as a sentence of the catalogue with its values; `raw` when no sentence says it exactly. */
export type ScheduleWords =
  | { readonly kind: "text"; readonly text: string; readonly values: Readonly<Record<string, string | number>> }
  | { readonly kind: "cron"; readonly time: TimeWords; readonly days: readonly DayWords[]; readonly months: readonly number[] }
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

export const INTERVAL_TEXTS = {
  s: msgid("Every {{count}} second"),
  m: msgid("Every {{count}} minute"),
  h: msgid("Every {{count}} hour"),
  d: msgid("Every {{count}} day"),
};
export const EVERY_ONE: Readonly<Record<"s" | "m" | "h" | "d", string>> = {
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
  const sets = readCron(preset ?? expression);
  const time = sets && timeWords(sets);
  return sets && time ? { kind: "cron", time, days: dayWords(sets), months: someOf(sets.months, 12) } : { kind: "raw", expression };
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
  if (count === 1) return { kind: "text", text: EVERY_ONE[unit], values: {} };
  return { kind: "text", text: INTERVAL_TEXTS[unit], values: { count } };
}

const someOf = (numbers: readonly number[], all: number) => (numbers.length === all ? [] : numbers);

/** As in every cron, day of month and day of week that are both given are alternatives. */
function dayWords({ days, lastDay, weekdays, nthWeekdays }: CronSets): readonly DayWords[] {
  const words: DayWords[] = [];
  const [someDays, someWeekdays] = [someOf(days, 31), someOf(weekdays, 7)];
  if (someDays.length > 0) words.push({ kind: "days", days: someDays });
  if (lastDay && days.length < 31) words.push({ kind: "last" });
  if (someWeekdays.length > 0) words.push({ kind: "weekdays", days: someWeekdays });
  if (weekdays.length < 7) words.push(...nthWeekdays.map((nth): DayWords => ({ kind: "nth", nth })));
  return words;
}
