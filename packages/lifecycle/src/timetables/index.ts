export { CRON_PRESETS } from "./cron-expression.ts";
export { describeSchedule } from "./describe-schedule.ts";
export { nextRun, upcomingRuns } from "./next-run.ts";
export { type NextRun, type TimetableFacts, type TimetableHorizon, timetableFacts } from "./timetable-facts.ts";
export { validateSchedule } from "./validate-schedule.ts";
export { type DataInterval, manualInterval } from "./manual-interval.ts";
