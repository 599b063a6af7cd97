import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInstance } from "i18next";
import { describe, expect, it } from "vitest";
import { poMessages } from "../i18n/po-messages.ts";
import { assetScheduleText, scheduleText } from "./schedule-text.ts";

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
    ["0 6,18 * * 1-5", "On weekdays at 06:00, 18:00", "По будням в 06:00, 18:00"],
    ["0,30 6 * * *", "Every day at 06:00, 06:30", "Каждый день в 06:00, 06:30"],
    ["*/15 8-20 * * *", "Every 15 minutes, 08:00–20:45", "Каждые 15 минут, 08:00–20:45"],
    ["5/20 8-9 * * *", "Every 20 minutes, 08:05–09:45", "Каждые 20 минут, 08:05–09:45"],
    ["*/5 7 * * mon-fri", "On weekdays, every 5 minutes, 07:00–07:55", "По будням, каждые 5 минут, 07:00–07:55"],
    ["0 8-20 * * *", "Every hour, 08:00–20:00", "Каждый час, 08:00–20:00"],
    [
      "30 8-20/2 * * sat,sun",
      "On Saturdays and on Sundays, every 2 hours, 08:30–20:30",
      "По субботам и по воскресеньям, каждые 2 часа, 08:30–20:30",
    ],
    ["* 9-10 * * *", "Every minute, 09:00–10:59", "Каждую минуту, 09:00–10:59"],
    ["0 */5 * * *", "Every 5 hours, 00:00–20:00", "Каждые 5 часов, 00:00–20:00"],
    ["*/20 * * * 5", "On Fridays, every 20 minutes", "По пятницам, каждые 20 минут"],
    ["*/25 * * * *", "Every hour at minutes 0, 25, 50", "Каждый час на минутах 0, 25, 50"],
    ["0 22-2 * * *", "Every day at 00:00, 01:00, 02:00, 22:00, 23:00", "Каждый день в 00:00, 01:00, 02:00, 22:00, 23:00"],
    ["0 4 L * *", "On the last day of the month at 04:00", "В последний день месяца в 04:00"],
    ["0 4 1,15 * *", "On days 1 and 15 of every month at 04:00", "1 и 15 числа каждого месяца в 04:00"],
    [
      "0 4 1-7,20,L * *",
      "On days 1–7 and 20 of every month or on the last day of the month at 04:00",
      "1–7 и 20 числа каждого месяца или в последний день месяца в 04:00",
    ],
    ["5 4 * * 1#2", "On the 2nd Monday of the month at 04:05", "В 2-й понедельник месяца в 04:05"],
    ["0 4 * * 5L", "On the last Friday of the month at 04:00", "В последнюю пятницу месяца в 04:00"],
    [
      "0 4 * * wed#1,3#3",
      "On the 1st Wednesday of the month or on the 3rd Wednesday of the month at 04:00",
      "В 1-ю среду месяца или в 3-ю среду месяца в 04:00",
    ],
    ["0 4 13 * 5", "On day 13 of every month or on Fridays at 04:00", "13-го числа каждого месяца или по пятницам в 04:00"],
    ["0 4 13 6,7 5", "On day 13 or on Fridays, in June and in July at 04:00", "13-го числа или по пятницам, в июне и в июле в 04:00"],
    ["0 4 * 6 *", "Every day in June at 04:00", "Каждый день в июне в 04:00"],
    ["0 4 1 jan,jul *", "On day 1 in January and in July at 04:00", "1-го числа в январе и в июле в 04:00"],
    ["0 8 8 3 *", "Every year on March 8 at 08:00", "Каждый год 8 марта в 08:00"],
    ["0 4 1,10 */3 *", "On days 1 and 10 of every quarter at 04:00", "1 и 10 числа каждого квартала в 04:00"],
    ["30 4 * * * 15", "Every day at 04:30:15", "Каждый день в 04:30:15"],
    ["* * * * * */10", "Every 10 seconds", "Каждые 10 секунд"],
    ["0 6 * * * 0", "Every day at 06:00", "Каждый день в 06:00"],
    ["0 6 * * 6-1", "On Mondays, on Saturdays, and on Sundays at 06:00", "По понедельникам, по субботам и по воскресеньям в 06:00"],
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
  ])("%s", (schedule, english, russian) => {
    expect(say(schedule, "en")).toBe(english);
    expect(say(schedule, "ru").replaceAll(/(ч|мин)\./g, "$1")).toBe(russian);
  });

  it.each([
    ["more minutes than anybody reads", "*/4,*/7 * * * *"],
    ["more times than anybody reads", "0,7,21 1-3,5,9-14 * * *"],
    ["every second of a minute", "0 0 4 * * *"],
    ["a field out of range", "0 25 * * *"],
    ["a step of nothing", "*/0 * * * *"],
    ["nonsense", "every now and then"],
    ["a description of one's own timetable", "Working days of the bank, at 9"],
  ])("shows the expression itself for %s", (_name, schedule) => {
    expect(say(schedule, "en")).toBe(schedule);
  });

  const asset = (name: string) => ({ kind: "asset", name }) as const;
  it.each([
    [{ condition: asset("orders"), time: null }, "When updated: orders", "При обновлении: orders"],
    [
      {
        condition: { kind: "all", of: [asset("orders"), { kind: "any", of: [asset("customers"), { kind: "alias", name: "regions" }] }] },
        time: null,
      },
      "When updated: orders and (customers or regions)",
      "При обновлении: orders и (customers или regions)",
    ],
    [
      {
        condition: {
          kind: "any",
          of: [
            { kind: "all", of: [asset("a"), asset("b"), asset("c")] },
            { kind: "all", of: [asset("d")] },
          ],
        },
        time: null,
      },
      "When updated: (a, b, and c) or d",
      "При обновлении: (a, b и c) или d",
    ],
    [
      { condition: { kind: "all", of: [asset("orders, or so"), asset("customers")] }, time: "0 6 * * * | @weekly" },
      "When updated: orders, or so and customers; Every day at 06:00; On Sundays at 00:00",
      "При обновлении: orders, or so и customers; Каждый день в 06:00; По воскресеньям в 00:00",
    ],
  ] as const)("assets: %j", (schedule, english, russian) => {
    expect(assetScheduleText(schedule, translator("en"), "en")).toBe(english);
    expect(assetScheduleText(schedule, translator("ru"), "ru")).toBe(russian);
  });
});
