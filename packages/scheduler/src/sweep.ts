import type { DagRunKey } from "@polyflow/contracts";
import type { ActiveRunCatalog } from "./active-run-catalog.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

/**
 * Walks over all running runs page by page, so that what no hint told of is found: everything at once for a new leader, a page with each
 * poll otherwise. Pages come between the batches of completions and do not hold them up.
 */
export class Sweep {
  readonly #context: SchedulerContext;
  readonly #activeRuns: ActiveRunCatalog;
  #after: DagRunKey | undefined;
  #toTheEnd = false;

  constructor(context: SchedulerContext, activeRuns: ActiveRunCatalog) {
    this.#context = context;
    this.#activeRuns = activeRuns;
  }

  /** Begins anew and goes through to the end without waiting for polls. */
  begin(): void {
    this.#after = undefined;
    this.#toTheEnd = true;
  }

  /** Hints at all runs of the next page. */
  async nextPage(): Promise<void> {
    const { store, options, hints } = this.#context;
    const runs = await store.scheduler.listActiveRuns(this.#after, options.rowsPerQuery);
    this.#activeRuns.remember(runs);
    hints.addRuns(runs.map((run) => run.runKey));
    if (runs.length < options.rowsPerQuery) {
      this.#after = undefined;
      this.#toTheEnd = false;
      return;
    }
    this.#after = runs.at(-1)?.runKey;
    if (this.#toTheEnd) hints.add("sweep_page");
  }
}
