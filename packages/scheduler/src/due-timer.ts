import type { SchedulerContext } from "./scheduler-context.ts";
import type { SetBackDags } from "./set-back-dags.ts";

/** Wakes the scheduler at the very instant at which something falls due: a run to be created or started, a retry, the time limit of a run. */
export class DueTimer {
  readonly #context: SchedulerContext;
  readonly #setBack: SetBackDags;
  #cancel: () => void = () => undefined;

  constructor(context: SchedulerContext, setBack: SetBackDags) {
    this.#context = context;
    this.#setBack = setBack;
  }

  /** Asks for the next instant and sets the timer to it. */
  async set(): Promise<void> {
    const { store, clock, hints, options } = this.#context;
    const dueAt = await store.scheduler.nextDueAt(this.#setBack.ids);
    this.stop();
    // What is due already was just looked at: if it did not move, something holds it, and the poll will see when that is over.
    if (dueAt === undefined) return;
    const delayMs = dueAt.getTime() - clock.now();
    if (delayMs > options.pollMs) return;
    this.#cancel = clock.schedule(delayMs <= 0 ? Math.min(options.pollMs, LEAST_DELAY_MS) : delayMs, () =>
      hints.add("due_times", "create_runs", "start_runs", "set_timer"),
    );
  }

  stop(): void {
    this.#cancel();
    this.#cancel = () => undefined;
  }
}

/** Between two looks at something that is due and does not move. */
const LEAST_DELAY_MS = 1_000;
