import { dag, task, timetable } from "@polyflow/sdk";

const HOLIDAYS: ReadonlySet<string> = new Set(["2027-01-01", "2027-01-07", "2027-05-01", "2027-05-09"]);
const DAY_MS = 86_400_000;

/** 06:00 UTC on working days: a schedule that code decides. It is asked where DAG files are read, never in the scheduler. */
const workingDays = timetable({
  name: "working days",
  description: "06:00 UTC, Monday to Friday, holidays left out",
  *runs({ from, to }) {
    for (let at = Math.floor(from.getTime() / DAY_MS) * DAY_MS + 6 * 3_600_000; at < to.getTime(); at += DAY_MS) {
      const day = new Date(at);
      if (day >= from && day.getUTCDay() % 6 !== 0 && !HOLIDAYS.has(day.toISOString().slice(0, 10))) yield day;
    }
  },
});

const show = task("show", (_input, ctx) => ({
  from: ctx.dataIntervalStart?.toISOString() ?? null,
  to: ctx.dataIntervalEnd?.toISOString() ?? null,
}));

/** A timetable of one's own. `polyflow dags next-execution example_timetable` shows what comes. */
export const exampleTimetable = dag(
  { id: "example_timetable", tags: ["example", "feature"], schedule: workingDays, maxConsecutiveFailedRuns: 3 },
  () => void show(),
);

/** Runs for the time between two slots: the run of a day starts when the day is over. */
export const exampleDataIntervals = dag(
  {
    id: "example_data_intervals",
    tags: ["example", "feature"],
    schedule: { cron: "@daily", dataIntervals: true },
    timezone: "Europe/Moscow",
  },
  () => void show(),
);
