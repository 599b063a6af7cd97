import { isFinishedRunState } from "@polyflow/contracts";
import { decideBackfillDate, runIdFor } from "@polyflow/lifecycle";
import type { BackfillStep, BackfillWork } from "@polyflow/store";
import type { Office } from "./leader-election.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

/** Dates of one backfill that one transaction settles: skipping costs little, and what gets a run is bounded by its limit anyway. */
const DATES_OF_EACH = 100;

/** Brings backfills on: makes the runs of their next dates, as far as each one's own limit allows, and completes those that are done. */
export class Backfills {
  readonly #context: SchedulerContext;
  /** Under way when last looked: while there is none, the end of a run needs no look. */
  #open = 0;

  constructor(context: SchedulerContext) {
    this.#context = context;
  }

  /** A run has ended, which may make room in a backfill. @returns as `advance` */
  async goOn(office: Office): Promise<boolean> {
    return this.#open > 0 && (await this.advance(office));
  }

  /** @returns whether anything moved, so that another look is worth while. */
  async advance(office: Office): Promise<boolean> {
    const { store, options, hints } = this.#context;
    const { open, work } = await store.scheduler.listBackfillWork(options.rowsPerQuery, DATES_OF_EACH);
    this.#open = open;
    let moved = false;
    for (const backfill of work) {
      if (!office.isHeld()) return false;
      const steps = stepsOf(backfill);
      moved = (await store.scheduler.applyBackfillSteps(office.requireTerm(), backfill.backfillId, steps)) || moved;
    }
    if (moved) hints.add("start_runs");
    return moved;
  }
}

/** Dates in their order until the room is used up; those that are skipped take none. */
function stepsOf({ dates, reprocess, room }: BackfillWork): readonly BackfillStep[] {
  const steps: BackfillStep[] = [];
  let free = room;
  for (const { position, existing, runAfter } of dates) {
    const decision = decideBackfillDate(existing?.state, reprocess);
    if (decision.action === "skip") {
      steps.push({ kind: "skip", position, reason: decision.reason });
      continue;
    }
    if (free <= 0) break;
    free -= 1;
    if (existing === null) steps.push({ kind: "create", position, runId: runIdFor("backfill", runAfter) });
    else if (isFinishedRunState(existing.state)) steps.push({ kind: "reprocess", position, runKey: existing.runKey, from: existing.state });
  }
  return steps;
}
