export { createScheduler, type SchedulerGiven } from "./create-scheduler.ts";
export type { SchedulingStore } from "./scheduler-context.ts";
export { DEFAULT_SCHEDULER_OPTIONS, type SchedulerOptions } from "./scheduler-options.ts";
