import type { TFunction } from "i18next";
import { msgid } from "../i18n/msgid.ts";
import type { TimeWords } from "./cron-time-words.ts";
import { type DayWords, EVERY_ONE, INTERVAL_TEXTS, type ScheduleWords } from "./cron-words.ts";

type CronWords = Extract<ScheduleWords, { kind: "cron" }>;

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
const ON_NTH = [
  msgid("on the {{nth}} Monday of the month"),
  msgid("on the {{nth}} Tuesday of the month"),
  msgid("on the {{nth}} Wednesday of the month"),
  msgid("on the {{nth}} Thursday of the month"),
  msgid("on the {{nth}} Friday of the month"),
  msgid("on the {{nth}} Saturday of the month"),
  msgid("on the {{nth}} Sunday of the month"),
];
const ON_LAST = [
  msgid("on the last Monday of the month"),
  msgid("on the last Tuesday of the month"),
  msgid("on the last Wednesday of the month"),
  msgid("on the last Thursday of the month"),
  msgid("on the last Friday of the month"),
  msgid("on the last Saturday of the month"),
  msgid("on the last Sunday of the month"),
];
const ORDINALS = [msgid("1st"), msgid("2nd"), msgid("3rd"), msgid("4th"), msgid("5th")];
const IN_MONTHS = [
  msgid("in January"),
  msgid("in February"),
  msgid("in March"),
  msgid("in April"),
  msgid("in May"),
  msgid("in June"),
  msgid("in July"),
  msgid("in August"),
  msgid("in September"),
  msgid("in October"),
  msgid("in November"),
  msgid("in December"),
];
const QUARTERS = "1,4,7,10";

/** Words put together by the rules of one language. */
interface Tongue {
  readonly t: TFunction;
  readonly language: string;
  readonly and: (parts: readonly string[]) => string;
  readonly or: (parts: readonly string[]) => string;
}

/** A cron expression as a sentence: on which days, in which months, at what time. */
export function cronText({ time, days, months }: CronWords, t: TFunction, language: string): string {
  const list = (type: "conjunction" | "disjunction") => (parts: readonly string[]) => new Intl.ListFormat(language, { type }).format(parts);
  const tongue: Tongue = { t, language, and: list("conjunction"), or: list("disjunction") };
  const when = daysText({ days, months }, tongue);
  const text = time.kind === "at" ? t("{{days}} at {{time}}", { days: when ?? t("every day"), time: time.times.join(", ") }) : null;
  const rhythm = time.kind === "at" ? "" : rhythmText(time, tongue);
  return capital(text ?? (when === null ? rhythm : `${when}, ${rhythm.charAt(0).toLocaleLowerCase(language)}${rhythm.slice(1)}`), language);
}

function capital(text: string, language: string): string {
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
}

function rhythmText(time: Exclude<TimeWords, { kind: "at" }>, { t }: Tongue): string {
  if (time.kind === "minutes") {
    const [first = 0] = time.minutes;
    return time.minutes.length === 1
      ? t("Every hour at minute {{minute}}", { minute: first })
      : t("Every hour at minutes {{minutes}}", { minutes: time.minutes.join(", ") });
  }
  const every = time.count === 1 ? t(EVERY_ONE[time.unit]) : t(INTERVAL_TEXTS[time.unit], { count: time.count });
  return time.from === null ? every : `${every}, ${time.from}–${time.to}`;
}

/** Null: every day of the year. */
function daysText({ days, months }: Pick<CronWords, "days" | "months">, tongue: Tongue): string | null {
  const { t, language } = tongue;
  const [first] = days;
  const isQuarterly = months.join() === QUARTERS;
  if (days.length === 0 && months.length === 0) return null;
  const inMonths = tongue.and(months.map((month) => t(IN_MONTHS[month - 1] ?? "")));
  if (days.length === 0 || first === undefined) return `${t("every day")} ${inMonths}`;
  const date = yearlyDate({ days, months });
  if (date)
    return t("every year on {{date}}", {
      date: new Intl.DateTimeFormat(language, { day: "numeric", month: "long", timeZone: "UTC" }).format(date),
    });
  const which = { months, isQuarterly };
  const text = tongue.or(days.map((each) => dayText(each, which, tongue)));
  const isSaid = months.length === 0 || (isQuarterly && first.kind === "days" && days.length === 1);
  return isSaid ? text : `${text}${days.length > 1 ? "," : ""} ${inMonths}`;
}

/** The one date of a year, of those that every calendar has. */
function yearlyDate({ days, months }: Pick<CronWords, "days" | "months">): Date | null {
  const [first] = days;
  if (months.length !== 1 || days.length !== 1 || first?.kind !== "days" || first.days.length !== 1) return null;
  const date = new Date(Date.UTC(2024, (months[0] ?? 1) - 1, first.days[0]));
  return date.getUTCDate() === first.days[0] ? date : null;
}

interface Months {
  readonly months: readonly number[];
  readonly isQuarterly: boolean;
}

function dayText(words: DayWords, which: Months, tongue: Tongue): string {
  const { t, and } = tongue;
  switch (words.kind) {
    case "weekdays":
      return words.days.join() === "1,2,3,4,5" ? t("on weekdays") : and(words.days.map((day) => t(ON_WEEKDAYS[day - 1] ?? "")));
    case "nth": {
      const { weekday, nth } = words.nth;
      return nth === 0 ? t(ON_LAST[weekday - 1] ?? "") : t(ON_NTH[weekday - 1] ?? "", { nth: t(ORDINALS[nth - 1] ?? "") });
    }
    case "last":
      return t("on the last day of the month");
    case "days":
      return datesText(words.days, which, tongue);
  }
}

function datesText(dates: readonly number[], { months, isQuarterly }: Months, { t, and }: Tongue): string {
  const [day = 1] = dates;
  const isOne = dates.length === 1;
  const days = and(ranges(dates));
  if (months.length === 0) return isOne ? t("on day {{day}} of every month", { day }) : t("on days {{days}} of every month", { days });
  if (isQuarterly) return isOne ? t("on day {{day}} of every quarter", { day }) : t("on days {{days}} of every quarter", { days });
  return isOne ? t("on day {{day}}", { day }) : t("on days {{days}}", { days });
}

/** `1, 2, 3, 8` as `1–3`, `8`. */
function ranges(numbers: readonly number[]): readonly string[] {
  const found: number[][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last && last.at(-1) === number - 1) last.push(number);
    else found.push([number]);
  }
  return found.flatMap((run) => (run.length > 2 ? [`${run[0]}–${run.at(-1)}`] : run.map(String)));
}
