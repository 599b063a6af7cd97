import type { TFunction } from "i18next";
import { msgid } from "../i18n/msgid.ts";
import { formatDuration } from "./duration.ts";
import { scheduleWords } from "./cron-words.ts";

/** "on Mondays" in each language, Monday first. */
const ON_WEEKDAYS = [
  msgid("on Mondays"),
  msgid("on Tuesdays"),
  msgid("on Wednesdays"),
  msgid("on Thursdays"),
  msgid("on Fridays"),
  msgid("on Saturdays"),
  msgid("on Sundays"),
];

const OR_TIME = ", or ";

/** A schedule in words of the user's language; the expression itself where words would be wrong or long. */
export function scheduleText(schedule: string | null, t: TFunction, language: string): string {
  if (schedule === null) return t("By hand only");
  const both = assetsAndTime(schedule);
  if (both) return `${t("When updated: {{assets}}", { assets: both.assets })}; ${scheduleText(both.time, t, language)}`;
  // Several crons stand side by side; each is a sentence of its own.
  return schedule
    .split(" | ")
    .map((one) => sentence(one, t, language))
    .join("; ");
}

/** Of `orders and customers, or @daily`; null for a description that only reads like it. */
function assetsAndTime(schedule: string): { readonly assets: string; readonly time: string } | null {
  const at = schedule.lastIndexOf(OR_TIME);
  if (at < 1) return null;
  const time = schedule.slice(at + OR_TIME.length);
  const isTime = time.split(" | ").every((one) => scheduleWords(one).kind !== "raw");
  return isTime ? { assets: schedule.slice(0, at), time } : null;
}

function sentence(schedule: string, t: TFunction, language: string): string {
  const words = scheduleWords(schedule);
  if (words.kind === "interval") return t("Every {{duration}}", { duration: formatDuration(words.everyMs, language) });
  if (words.kind === "raw") return words.expression;
  if (words.kind === "text") return t(words.text, { ...words.values });
  const days = words.days.map((day) => t(ON_WEEKDAYS[day - 1] ?? ""));
  const list = new Intl.ListFormat(language, { type: "conjunction" }).format(days);
  const text = t("{{days}} at {{time}}", { days: list, time: words.time });
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
}
