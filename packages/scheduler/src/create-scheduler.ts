import type { Executor } from "@polyflow/executor";
import type { Clock, Logger, Service } from "@polyflow/service-kit";
import { Hints } from "./hints.ts";
import { LeaderElection } from "./leader-election.ts";
import type { SchedulerContext, SchedulingStore } from "./scheduler-context.ts";
import { DEFAULT_SCHEDULER_OPTIONS, type SchedulerOptions } from "./scheduler-options.ts";
import { SchedulingLoop } from "./scheduling-loop.ts";

export interface SchedulerGiven {
  readonly store: SchedulingStore;
  /** Started and stopped by whoever made it; must take workloads before the scheduler starts. */
  readonly executor: Executor;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Name of this process, different from that of every other scheduler. */
  readonly holder: string;
  readonly options?: Partial<SchedulerOptions>;
  /** A number in [0, 1); spreads retries and elections. */
  readonly random?: () => number;
}

/**
 * The scheduler: creates the runs that timetables want, starts them, brings their tasks on, hands attempts to the executor and makes good
 * what is lost. Any number may run; one leads, the others stand by and take over when its lease ends.
 *
 * `start` resolves after the first election, whether or not this process leads. `stop` ends what is being written, hands the lease back and
 * leaves running attempts alone.
 * @example
 * const scheduler = createScheduler({ store, executor, clock: systemClock, logger, holder: `${hostname}:${pid}` });
 * await scheduler.start();
 */
export function createScheduler(given: SchedulerGiven): Service {
  const { store, executor, clock, holder, random = Math.random } = given;
  const logger = given.logger.child({ service: "scheduler" });
  const hints = new Hints();
  const context: SchedulerContext = { store, executor, clock, logger, hints, options: { ...DEFAULT_SCHEDULER_OPTIONS, ...given.options } };
  const loop = new SchedulingLoop(context, random);
  const election = new LeaderElection({
    store: store.scheduler,
    clock,
    logger,
    holder,
    random,
    options: context.options,
    lead: (office) => loop.lead(office),
  });
  let unsubscribe: () => void = () => undefined;
  return {
    name: "scheduler",
    async start() {
      unsubscribe = store.subscribe((event) => {
        if (election.office?.isHeld() === true) loop.hear(event);
      });
      await election.start();
    },
    async stop() {
      await election.stop();
      unsubscribe();
    },
  };
}
