import { isConditionMet, runIdFor } from "@polyflow/lifecycle";
import type { AssetTriggeredDag } from "@polyflow/store";
import type { Office } from "./leader-election.ts";
import { nowOf, type SchedulerContext } from "./scheduler-context.ts";

/** Makes the runs of DAGs that are scheduled by assets: one for all updates since the last, as soon as the DAG's condition holds. */
export class AssetRuns {
  readonly #context: SchedulerContext;
  readonly #random: () => number;
  /** DAGs with updates to answer that had no room for a run when last looked: the end of a run may give it to them. */
  #crowded = 0;

  constructor(context: SchedulerContext, random: () => number) {
    this.#context = context;
    this.#random = random;
  }

  /** A run has ended, which may make room. @returns as `create` */
  async goOn(office: Office): Promise<boolean> {
    return this.#crowded > 0 && (await this.create(office));
  }

  /** @returns whether there may be more to do at once. */
  async create(office: Office): Promise<boolean> {
    const { store, options, hints } = this.#context;
    const { crowded, dags } = await store.scheduler.listAssetTriggeredDags(options.rowsPerQuery);
    this.#crowded = crowded;
    let created = 0;
    for (const dag of dags) {
      if (!isDue(dag)) continue;
      if (!office.isHeld()) return false;
      const runAfter = nowOf(this.#context);
      const { dagId, versionId, eventIds } = dag;
      const runId = runIdFor("asset_triggered", runAfter, this.#suffix());
      const runKey = await store.scheduler.createAssetRun(office.requireTerm(), { dagId, versionId, eventIds, runId, runAfter });
      if (runKey !== undefined) created += 1;
    }
    if (created > 0) hints.add("start_runs");
    return dags.length === options.rowsPerQuery && created > 0;
  }

  /** Two runs of one instant need names of their own. */
  #suffix(): string {
    return Math.floor(this.#random() * 0xffff_ffff)
      .toString(16)
      .padStart(8, "0");
  }
}

function isDue({ spec: { schedule }, assets, aliases }: AssetTriggeredDag): boolean {
  if (schedule.kind !== "asset" && schedule.kind !== "asset_or_time") return false;
  return isConditionMet(schedule.condition, { assets: new Set(assets), aliases: new Set(aliases) });
}
