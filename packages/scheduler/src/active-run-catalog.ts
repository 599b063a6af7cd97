import type { DagRunKey } from "@polyflow/contracts";
import type { ActiveRun } from "@polyflow/store";
import { BoundedCache } from "./bounded-cache.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

const REMEMBERED_RUNS = 20_000;

/**
 * Running runs that were met lately, so that a completion need not ask which DAG version its run has. What is remembered may be over:
 * the store checks that when it writes.
 */
export class ActiveRunCatalog {
  readonly #context: SchedulerContext;
  readonly #runs = new BoundedCache<DagRunKey, ActiveRun>(REMEMBERED_RUNS);

  constructor(context: SchedulerContext) {
    this.#context = context;
  }

  remember(runs: readonly ActiveRun[]): void {
    for (const run of runs) this.#runs.set(run.runKey, run);
  }

  forget(runKey: DagRunKey): void {
    this.#runs.delete(runKey);
  }

  clear(): void {
    this.#runs.clear();
  }

  /** Those of the runs that are running; asks the store for unknown ones only. */
  async get(runKeys: Iterable<DagRunKey>): Promise<readonly ActiveRun[]> {
    const found: ActiveRun[] = [];
    const unknown: DagRunKey[] = [];
    for (const runKey of runKeys) {
      const run = this.#runs.get(runKey);
      if (run === undefined) unknown.push(runKey);
      else found.push(run);
    }
    if (unknown.length === 0) return found;
    const asked = await this.#context.store.scheduler.getActiveRuns(unknown);
    this.remember(asked);
    return [...found, ...asked];
  }
}
