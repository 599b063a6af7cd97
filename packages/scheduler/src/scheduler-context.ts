import type { Executor } from "@polyflow/executor";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { SchedulerStore, Store } from "@polyflow/store";
import type { Hints } from "./hints.ts";
import type { SchedulerOptions } from "./scheduler-options.ts";

/** The part of the store that the scheduler uses. */
export interface SchedulingStore extends Pick<Store, "subscribe" | "recordHeartbeat"> {
  readonly scheduler: SchedulerStore;
}

/** What all parts of the scheduler share. */
export interface SchedulerContext {
  readonly store: SchedulingStore;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: SchedulerOptions;
  readonly hints: Hints;
}

/** Now as the store takes it. */
export function nowOf(context: Pick<SchedulerContext, "clock">): Date {
  return new Date(context.clock.now());
}
