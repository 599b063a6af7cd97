import { Tooltip } from "@mantine/core";
import type { UiCalendar } from "@polyflow/contracts/wire";
import { useTranslation } from "react-i18next";
import { useFormat } from "../format/format-provider.tsx";
import { STATE_LABELS, STATE_ORDER, stateOf } from "../state/state-label.ts";
import { monthsOfYear } from "./calendar-model.ts";
import classes from "./year-calendar.module.css";

interface YearCalendarProps {
  readonly year: number;
  readonly calendar: UiCalendar;
  readonly choose: (day: string) => void;
}

/** A year day by day: the colour says what most needs a look, the strength how many runs; coming runs are outlined. */
export function YearCalendar({ year, calendar, choose }: YearCalendarProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const days = new Map(calendar.days.map((one) => [one.day, one.states]));
  const monthName = new Intl.DateTimeFormat(format.language, { month: "long", timeZone: "UTC" });
  const dayName = new Intl.DateTimeFormat(format.language, { day: "numeric", month: "long", weekday: "short", timeZone: "UTC" });
  return (
    <div className={classes["year"]}>
      {monthsOfYear(year).map((month) => (
        <section key={month.number} className={classes["month"]} aria-label={monthName.format(month.first)}>
          <h2>{monthName.format(month.first)}</h2>
          <div className={classes["days"]}>
            {month.days.map(({ day, column, date }) => {
              const states = days.get(day);
              const planned = calendar.planned[day] ?? 0;
              const worst = STATE_ORDER.find((state) => (states?.[state] ?? 0) > 0);
              const said = [
                ...STATE_ORDER.filter((state) => (states?.[state] ?? 0) > 0).map(
                  (state) => `${t(STATE_LABELS[stateOf(state)])}: ${states?.[state]}`,
                ),
                ...(planned > 0 ? [t("planned: {{count}}", { count: planned })] : []),
              ];
              const label = `${dayName.format(date)}${said.length > 0 ? ` — ${said.join(", ")}` : ""}`;
              return (
                <Tooltip key={day} label={label}>
                  <button
                    type="button"
                    className={classes["day"]}
                    style={{ gridColumnStart: column }}
                    data-state={worst}
                    data-planned={planned > 0 || undefined}
                    disabled={worst === undefined}
                    aria-label={label}
                    onClick={() => choose(day)}
                  >
                    {date.getUTCDate()}
                  </button>
                </Tooltip>
              );
            })}
          </div>
        </section>
      ))}
    </div>
  );
}
