import type { DagRunState } from "@polyflow/contracts";
import { backfillDates, decideBackfillDate, type NextRun, requireRunsBackwards } from "@polyflow/lifecycle";
import type { Clock } from "@polyflow/service-kit";
import type { DagRecord, NewBackfill } from "@polyflow/store";
import type { Caller } from "../access/caller.ts";
import type { ParamsValidator } from "../params/params-validator.ts";
import type { BackfillBody, DryRunBackfillAnswer } from "../rest/schemas/backfill-schemas.ts";

export interface BackfillFacts {
  readonly caller: Caller;
  readonly clock: Clock;
  readonly params: ParamsValidator;
  readonly backfillMaxDates: number;
}

/**
 * The backfill that somebody asks for, with its dates in the order in which they are run.
 * @throws PolyflowError `params_invalid`; `request_invalid` for a range or a DAG that has no dates to run.
 */
export function plannedBackfill(dag: DagRecord, body: BackfillBody, facts: BackfillFacts): NewBackfill {
  const { caller, clock, params, backfillMaxDates } = facts;
  const conf = body.dag_run_conf ?? {};
  params.check(dag.versionId, dag.spec, conf);
  if (body.run_backwards) requireRunsBackwards(dag.spec);
  const [fromDate, toDate] = [new Date(body.from_date), new Date(body.to_date)];
  const dates = backfillDates(dag.spec, { from: fromDate, to: toDate }, { now: new Date(clock.now()), mostDates: backfillMaxDates });
  return {
    dagId: dag.dagId,
    fromDate,
    toDate,
    conf,
    reprocess: body.reprocess_behavior,
    maxActiveRuns: body.max_active_runs,
    runBackwards: body.run_backwards,
    runOnLatestVersion: body.run_on_latest_version,
    triggeringUser: caller.credential === undefined ? null : caller.principal.username,
    dates: body.run_backwards ? dates.toReversed() : dates,
  };
}

/** What would become of each date, given the runs that exist. */
export function dryRunOf(planned: NewBackfill, existing: ReadonlyMap<number, DagRunState>): DryRunBackfillAnswer {
  const backfills: DryRunBackfillAnswer["backfills"] = [];
  const skipped: DryRunBackfillAnswer["skipped"] = [];
  for (const date of planned.dates) {
    const decision = decideBackfillDate(existing.get(date.logicalDate.getTime()), planned.reprocess);
    const logicalDate = isoOf(date);
    if (decision.action === "skip") skipped.push({ logical_date: logicalDate, reason: decision.reason });
    else backfills.push({ logical_date: logicalDate, action: decision.action, partition_key: null, partition_date: null });
  }
  return { backfills, total_entries: backfills.length, skipped };
}

function isoOf(date: NextRun): string {
  return date.logicalDate.toISOString();
}
