import { type ChangeEvent, brand, type DagRunKey, isFinishedRunState, isPolyflowError } from "@polyflow/contracts";
import { backoffMs } from "@polyflow/service-kit";
import { ActiveRunCatalog } from "./active-run-catalog.ts";
import { Dispatcher } from "./dispatcher.ts";
import { DueTimer } from "./due-timer.ts";
import { type ChoreWork, choresInOrder } from "./chores.ts";
import { GraphCatalog } from "./graph-catalog.ts";
import { type Chore, EVERYTHING, type HintBatch } from "./hints.ts";
import type { Office } from "./leader-election.ts";
import { Rescuer } from "./rescuer.ts";
import type { SchedulerContext } from "./scheduler-context.ts";
import { SetBackDags } from "./set-back-dags.ts";
import { TaskScheduler } from "./task-scheduler.ts";

/** What the safety net looks at; a page of the running runs at a time. */
const POLLED: readonly Chore[] = [...EVERYTHING.filter((chore) => chore !== "sweep"), "sweep_page", "heartbeat"];
/** A pass that hangs is waited for this long after the office is over. */
const GIVE_UP_AFTER_MS = 10_000;
const AFTER_ERROR = { firstMs: 100, maxMs: 5_000 };

/**
 * The one loop of the leader. It takes all hints that have gathered, decides, writes, hands over, and goes on; it never waits to let a batch
 * grow. Completions come first in each pass, then everything else that was asked for.
 */
export class SchedulingLoop {
  readonly #context: SchedulerContext;
  readonly #random: () => number;
  readonly #activeRuns: ActiveRunCatalog;
  readonly #tasks: TaskScheduler;
  readonly #dispatcher: Dispatcher;
  readonly #rescuer: Rescuer;
  readonly #dueTimer: DueTimer;
  readonly #setBack: SetBackDags;
  readonly #chores: readonly ChoreWork[];

  constructor(context: SchedulerContext, random: () => number) {
    this.#context = context;
    this.#random = random;
    this.#activeRuns = new ActiveRunCatalog(context);
    this.#dispatcher = new Dispatcher(context);
    this.#rescuer = new Rescuer(context);
    this.#setBack = new SetBackDags(context, random);
    this.#dueTimer = new DueTimer(context, this.#setBack);
    const graphs = new GraphCatalog(context);
    const dispatch = this.#dispatcher.dispatch.bind(this.#dispatcher);
    this.#tasks = new TaskScheduler({ context, graphs, activeRuns: this.#activeRuns, dispatch });
    this.#chores = choresInOrder({
      context,
      activeRuns: this.#activeRuns,
      dispatcher: this.#dispatcher,
      rescuer: this.#rescuer,
      dueTimer: this.#dueTimer,
      setBack: this.#setBack,
      random,
    });
  }

  /** Hears of changes; to be called for each while in office. */
  hear(event: ChangeEvent): void {
    if (event.kind === "run" && (event.state === "queued" || isFinishedRunState(event.state)))
      this.#activeRuns.forget(brand<DagRunKey>(event.runKey));
    if (event.kind === "resync" || event.kind === "dag") this.#activeRuns.clear();
    if (!this.#tasks.isOwn(event)) this.#context.hints.hear(event);
  }

  /** Acts until the office is over. */
  async lead(office: Office): Promise<void> {
    const { hints, options, clock } = this.#context;
    hints.clear();
    this.#activeRuns.clear();
    this.#rescuer.forget();
    this.#setBack.clear();
    this.#dispatcher.takeOver();
    hints.add(...EVERYTHING, "heartbeat");
    office.onEnd(() => hints.interrupt());
    const poll = (): (() => void) =>
      clock.schedule(options.pollMs, () => {
        hints.add(...POLLED);
        cancelPoll = poll();
      });
    let cancelPoll = poll();
    const giveUp = this.#giveUpAfter(office);
    try {
      await Promise.race([this.#passes(office), giveUp.promise]);
    } finally {
      cancelPoll();
      this.#dueTimer.stop();
      await Promise.race([this.#dispatcher.settle(), giveUp.promise]);
      giveUp.cancel();
    }
  }

  /**
   * Resolves when the office has been over for so long that a store call which still does not answer is left to itself: this process can
   * stand for election again. If the call does end one day, its pass goes no further, and what it wrote carried a term that is over.
   */
  #giveUpAfter(office: Office): { readonly promise: Promise<void>; readonly cancel: () => void } {
    const { clock, logger } = this.#context;
    const givenUp = Promise.withResolvers<void>();
    let cancel: () => void = () => undefined;
    office.onEnd(() => {
      cancel = clock.schedule(GIVE_UP_AFTER_MS, () => {
        logger.error("gives up a store call that does not answer", { waitedMs: GIVE_UP_AFTER_MS });
        givenUp.resolve();
      });
    });
    return { promise: givenUp.promise, cancel: () => cancel() };
  }

  async #passes(office: Office): Promise<void> {
    const { hints, options } = this.#context;
    let failures = 0;
    while (office.isHeld()) {
      await hints.wait();
      if (!office.isHeld()) return;
      const watchdog = this.#watch(office);
      try {
        await this.#pass(office, hints.take(options.runsPerBatch));
        failures = 0;
      } catch (error) {
        if (isPolyflowError(error, "leadership_lost")) return office.stepDown("the store says that the term is over");
        if (!office.isHeld()) return this.#context.logger.debug("a pass failed after its office was over", { error });
        failures += 1;
        await this.#recover(error, failures, office);
      } finally {
        watchdog();
      }
    }
  }

  /** A pass that hangs must not keep the office for ever. */
  #watch(office: Office): () => void {
    const { clock, options, logger } = this.#context;
    return clock.schedule(options.longestPassMs, () => {
      logger.error("a scheduling pass hangs", { longestPassMs: options.longestPassMs });
      office.stepDown("a scheduling pass hangs");
    });
  }

  /** What the pass had taken is lost, and what it wrote is unknown: look at everything again, a little later. */
  async #recover(error: unknown, failures: number, office: Office): Promise<void> {
    const { clock, hints, logger } = this.#context;
    const delayMs = backoffMs(failures, { ...AFTER_ERROR, random: this.#random });
    logger[failures === 1 ? "warn" : "debug"]("a scheduling pass failed; everything is looked at again", {
      error,
      failures,
      retryInMs: Math.round(delayMs),
    });
    this.#rescuer.forget();
    this.#activeRuns.clear();
    this.#dispatcher.loseSight();
    await new Promise<void>((resolve) => {
      const cancel = clock.schedule(delayMs, resolve);
      office.onEnd(() => {
        cancel();
        resolve();
      });
    });
    hints.add(...EVERYTHING);
  }

  async #pass(office: Office, { runs, chores }: HintBatch): Promise<void> {
    if (runs.size > 0 || chores.has("queue_tasks")) await this.#tasks.schedule(office, runs, chores.has("queue_tasks"));
    for (const { chore, work, startsRuns } of this.#chores) {
      if (!chores.has(chore)) continue;
      if (!office.isHeld()) return;
      await work(office);
      if (startsRuns === true) await this.#decideStarted(office);
    }
  }

  async #decideStarted(office: Office): Promise<void> {
    const { hints, options } = this.#context;
    const runs = hints.takeRuns(options.runsPerBatch);
    if (runs.size > 0 && office.isHeld()) await this.#tasks.schedule(office, runs, false);
  }
}
