import type { SchedulerStore } from "@polyflow/store";
import type { StoreContext } from "../store-context.ts";
import { assetRunMethods } from "../assets/asset-runs.ts";
import { backfillMethods } from "../backfills/backfill-steps.ts";
import { activeRunMethods } from "./active-runs.ts";
import { applySchedule } from "./apply-schedule.ts";
import { attemptMethods } from "./attempts-in-flight.ts";
import { missDeadlines } from "./deadlines.ts";
import { pauseFailingDags } from "./failing-dags.ts";
import { leaseMethods } from "./lease.ts";
import { loadPastFacts } from "./past-facts.ts";
import { plannedRunMethods } from "./planned-runs.ts";

export function createSchedulerStore(context: StoreContext): SchedulerStore {
  return {
    ...leaseMethods(context),
    ...plannedRunMethods(context),
    ...assetRunMethods(context),
    ...backfillMethods(context),
    ...activeRunMethods(context),
    ...attemptMethods(context),
    loadPastFacts: (requests) => loadPastFacts(context, requests),
    missDeadlines: (term, now, limit) => missDeadlines(context, term, { now, limit }),
    pauseFailingDags: (term, dagIds) => pauseFailingDags(context, term, dagIds),
    applySchedule: (term, decisions, limits) => applySchedule(context, term, decisions, limits),
  };
}
