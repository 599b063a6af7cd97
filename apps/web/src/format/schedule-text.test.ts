import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInstance } from "i18next";
import { describe, expect, it } from "vitest";
import { poMessages } from "../i18n/po-messages.ts";
import { scheduleText } from "./schedule-text.ts";

function translator(language: "en" | "ru") {
  const i18n = createInstance();
  const catalogue = readFileSync(join(import.meta.dirname, `../../locales/${language}.po`), "utf8");
  void i18n.init({
    lng: language,
    keySeparator: false,
    nsSeparator: false,
    initAsync: false,
    interpolation: { escapeValue: false },
    resources: { [language]: { translation: poMessages(catalogue, language) } },
  });
  return i18n.t;
}
const say = (schedule: string | null, language: "en" | "ru") =>
  scheduleText(schedule, translator(language), language).replaceAll(/[\u00a0\u202f]/g, " ");

describe("C1: a schedule in words", () => {
  it.each([
    [null, "By hand only", "Только вручную"],
    ["@daily", "Every day at 00:00", "Каждый день в 00:00"],
    ["@hourly", "Every hour", "Каждый час"],
    ["@once", "Once", "Один раз"],
    ["@weekly", "On Sundays at 00:00", "По воскресеньям в 00:00"],
    ["@monthly", "On day 1 of every month at 00:00", "1-го числа каждого месяца в 00:00"],
    ["* * * * *", "Every minute", "Каждую минуту"],
    ["*/15 * * * *", "Every 15 minutes", "Каждые 15 минут"],
    ["*/2 * * * *", "Every 2 minutes", "Каждые 2 минуты"],
    ["5 * * * *", "Every hour at minute 5", "Каждый час на 5-й минуте"],
    ["0 */6 * * *", "Every 6 hours", "Каждые 6 часов"],
    ["30 6 * * 1-5", "On weekdays at 06:30", "По будням в 06:30"],
    ["0 9 * * mon,fri", "On Mondays and on Fridays at 09:00", "По понедельникам и по пятницам в 09:00"],
    ["0 9 * * 0", "On Sundays at 09:00", "По воскресеньям в 09:00"],
    ["0 9,18 * * *", "Every day at 09:00, 18:00", "Каждый день в 09:00, 18:00"],
    ["every 5m", "Every 5 minutes", "Каждые 5 минут"],
    ["every 1h", "Every hour", "Каждый час"],
    ["every 21s", "Every 21 seconds", "Каждую 21 секунду"],
    ["every 1h 30m", "Every 1h 30m", "Каждые 1 ч 30 мин"],
    ["0 6 * * * | 0 18 * * *", "Every day at 06:00; Every day at 18:00", "Каждый день в 06:00; Каждый день в 18:00"],
    ["@continuous", "Continuously", "Непрерывно"],
    ["@midnight", "Every day at 00:00", "Каждый день в 00:00"],
    ["@quarterly", "On day 1 of every quarter at 00:00", "1-го числа каждого квартала в 00:00"],
    ["@yearly", "Every year on January 1 at 00:00", "Каждый год 1 января в 00:00"],
    ["@annually", "Every year on January 1 at 00:00", "Каждый год 1 января в 00:00"],
    ["0 * * * *", "Every hour", "Каждый час"],
    ["0 3 1 * *", "On day 1 of every month at 03:00", "1-го числа каждого месяца в 03:00"],
    ["every 2d", "Every 2 days", "Каждые 2 дня"],
    ["1 events", "On 1 date", "В 1 дату"],
    ["3 events", "On 3 dates", "В 3 даты"],
    ["12 events", "On 12 dates", "В 12 дат"],
    [
      "orders and customers, or 0 6 * * *",
      "When updated: orders and customers; Every day at 06:00",
      "При обновлении: orders and customers; Каждый день в 06:00",
    ],
    [
      "orders, or 0 6 * * * | @weekly",
      "When updated: orders; Every day at 06:00; On Sundays at 00:00",
      "При обновлении: orders; Каждый день в 06:00; По воскресеньям в 00:00",
    ],
  ])("%s", (schedule, english, russian) => {
    expect(say(schedule, "en")).toBe(english);
    expect(say(schedule, "ru").replaceAll(/(ч|мин)\./g, "$1")).toBe(russian);
  });

  it.each([
    ["a step that jumps at the hour's end", "*/7 * * * *"],
    ["a step that jumps at the day's end", "0 */5 * * *"],
    ["the second Monday", "5 4 * * 1#2"],
    ["day and weekday together, which cron joins by or", "0 4 13 * 5"],
    ["six fields", "0 0 4 * * *"],
    ["nonsense", "every now and then"],
    ["a description with an or", "On Mondays, or when it rains"],
  ])("shows the expression itself for %s", (_name, schedule) => {
    expect(say(schedule, "en")).toBe(schedule);
  });
});
