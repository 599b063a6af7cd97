import type { ChangeEvent, DagRunKey, DagRunState, JsonObject } from "@polyflow/contracts";
import type { BackfillStep, BackfillWork, LeaderTerm, PendingBackfillDate, SchedulerStore } from "@polyflow/store";
import type { Transaction } from "../database.ts";
import { clearIn } from "../runs/clear-task-instances.ts";
import { createRunIn } from "../runs/create-run.ts";
import { repointRun } from "../runs/repoint-run.ts";
import { runEvent, taskEvent } from "../runs/run-row.ts";
import { holdLease, leadershipLost } from "../scheduling/lease.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";

const UNFINISHED = `(
  select count(*) from polyflow.dag_run run where run.backfill_id = backfill.backfill_id and run.state in ('queued', 'running')
)`;

/**
 * Parameters: limit. Result: how many are under way, in each row; and those that can be brought on: with dates left and room for a run, or
 * with nothing left at all. Locks: none.
 */
const LIST_WORK = statement(
  "list_backfill_work",
  `with open as (
     select backfill.*, backfill.max_active_runs - ${UNFINISHED} as room, ${UNFINISHED} = 0 as is_idle,
            dag.is_active and not dag.is_paused and not backfill.is_paused as may_run,
            exists (
              select from polyflow.backfill_date date where date.backfill_id = backfill.backfill_id and date.settled_at is null
            ) as has_dates
     from polyflow.backfill join polyflow.dag using (dag_id)
     where backfill.completed_at is null
   )
   select counted.open, work.backfill_id as "backfillId", work.dag_id as "dagId", work.reprocess_behavior as reprocess,
          work.room::integer, work.has_dates as "hasDates"
   from (select count(*)::integer as open from open) counted
   left join lateral (
     select * from open where (has_dates and may_run and room > 0) or (not has_dates and is_idle) order by backfill_id limit $1
   ) work on true`,
);

type WorkRow =
  | { readonly open: number; readonly backfillId: null }
  | (Omit<BackfillWork, "dates"> & { readonly open: number; readonly hasDates: boolean });

/** Parameters: backfill, limit. Result: its next dates and the runs that they have already. Locks: none. */
const NEXT_DATES = statement(
  "next_backfill_dates",
  `select date.position, date.logical_date as "logicalDate", date.data_interval_start as "dataIntervalStart",
          date.data_interval_end as "dataIntervalEnd", date.run_after as "runAfter", run.dag_run_id as "runKey", run.run_id as "runId",
          run.state
   from polyflow.backfill_date date
   join polyflow.backfill using (backfill_id)
   left join polyflow.dag_run run on run.dag_id = backfill.dag_id and run.logical_date = date.logical_date
   where date.backfill_id = $1 and date.settled_at is null
   order by date.position
   limit $2`,
);

type DateRow = Omit<PendingBackfillDate, "existing"> & {
  readonly runKey: DagRunKey | null;
  readonly runId: string | null;
  readonly state: DagRunState | null;
};

/** Parameters: backfill. Result: what its runs are made of; no row when it is over or paused. Locks: backfill. */
const LOCK_BACKFILL = statement(
  "lock_backfill",
  `select backfill.dag_id as "dagId", backfill.dag_run_conf as conf, backfill.run_on_latest_version as "runOnLatestVersion",
          backfill.triggering_user as "triggeringUser", (backfill.max_active_runs - ${UNFINISHED})::integer as room,
          dag.is_active and not dag.is_paused and not backfill.is_paused as "mayRun"
   from polyflow.backfill join polyflow.dag using (dag_id)
   where backfill.backfill_id = $1 and backfill.completed_at is null
   for update of backfill`,
);

type LockedBackfill = {
  readonly dagId: string;
  readonly conf: JsonObject;
  readonly runOnLatestVersion: boolean;
  readonly triggeringUser: string | null;
  readonly room: number;
  readonly mayRun: boolean;
};

/** Parameters: backfill, position. Result: the date while nothing was decided about it. Locks: backfill_date. */
const LOCK_DATE = statement(
  "lock_backfill_date",
  `select logical_date as "logicalDate", data_interval_start as "dataIntervalStart", data_interval_end as "dataIntervalEnd",
          run_after as "runAfter"
   from polyflow.backfill_date where backfill_id = $1 and position = $2 and settled_at is null for update`,
);

type LockedDate = Pick<PendingBackfillDate, "logicalDate" | "dataIntervalStart" | "dataIntervalEnd" | "runAfter">;

/** Parameters: backfill, position, now, reason or null. */
const SETTLE_DATE = statement(
  "settle_backfill_date",
  `update polyflow.backfill_date set settled_at = $3::timestamptz, skip_reason = $4 where backfill_id = $1 and position = $2`,
);

/** Parameters: run key, backfill, conf. A run that is made again belongs to the backfill from then on. Locks held: dag_run. */
const TAKE_OVER_RUN = statement(
  "take_over_run",
  `update polyflow.dag_run set backfill_id = $2, run_type = 'backfill', conf = coalesce($3::json, conf) where dag_run_id = $1`,
);

/** Parameters: run key, state. Result: its ids while it is in that state. Locks: dag_run. */
const LOCK_RUN_IN_STATE = statement(
  "lock_run_in_state",
  `select dag_id as "dagId", run_id as "runId" from polyflow.dag_run where dag_run_id = $1 and state = $2 for update`,
);

/** Parameters: backfill, now. Result: one row when nothing is left, so that it is completed. Locks held: backfill. */
const COMPLETE_WHEN_DONE = statement(
  "complete_backfill_when_done",
  `update polyflow.backfill set completed_at = $2::timestamptz, updated_at = $2::timestamptz
   where backfill_id = $1 and completed_at is null and ${UNFINISHED} = 0
     and not exists (select from polyflow.backfill_date date where date.backfill_id = $1 and date.settled_at is null)
   returning backfill_id`,
);

export function backfillMethods(context: StoreContext): Pick<SchedulerStore, "listBackfillWork" | "applyBackfillSteps"> {
  return {
    listBackfillWork: (limit, datesOfEach) => listBackfillWork(context, limit, datesOfEach),
    applyBackfillSteps: (term, backfillId, steps) => applyBackfillSteps(context, term, { backfillId, steps }),
  };
}

async function listBackfillWork(context: StoreContext, limit: number, datesOfEach: number) {
  const rows = await context.database.query<WorkRow>(LIST_WORK, [limit]);
  const work: BackfillWork[] = [];
  for (const row of rows) {
    if (row.backfillId === null) continue;
    const { backfillId, dagId, reprocess, room } = row;
    const dates = row.hasDates ? await context.database.query<DateRow>(NEXT_DATES, [backfillId, datesOfEach]) : [];
    work.push({ backfillId, dagId, reprocess, room, dates: dates.map(toPendingDate) });
  }
  return { open: rows[0]?.open ?? 0, work };
}

function toPendingDate({ runKey, runId, state, ...date }: DateRow): PendingBackfillDate {
  return { ...date, existing: runKey === null || runId === null || state === null ? null : { runKey, runId, state } };
}

interface Steps {
  readonly backfillId: number;
  readonly steps: readonly BackfillStep[];
}

/** Lock order: lease, backfill, backfill_date, dag_run, task_instance. */
async function applyBackfillSteps(context: StoreContext, term: LeaderTerm, { backfillId, steps }: Steps): Promise<boolean> {
  const now = nowOf(context);
  const outcome = await context.database.transaction(async (transaction) => {
    if (!(await holdLease(transaction, term))) throw leadershipLost(term);
    const backfill = await transaction.queryOne<LockedBackfill>(LOCK_BACKFILL, [backfillId]);
    if (backfill === undefined) return undefined;
    const events: ChangeEvent[] = [];
    let { room } = backfill;
    let settled = 0;
    for (const step of backfill.mayRun ? steps : []) {
      if (step.kind !== "skip" && room <= 0) break;
      const made = await carryOut(transaction, { step, backfill, backfillId, now });
      if (made === undefined) continue;
      settled += 1;
      if (made.length > 0) room -= 1;
      events.push(...made);
    }
    const isCompleted = (await transaction.queryOne(COMPLETE_WHEN_DONE, [backfillId, now])) !== undefined;
    if (settled > 0 || isCompleted) events.push({ kind: "backfill", dagId: backfill.dagId, backfillId });
    return { events, hasChanged: settled > 0 || isCompleted };
  });
  context.feed.emit(outcome?.events ?? []);
  return outcome?.hasChanged ?? false;
}

interface StepFacts {
  readonly step: BackfillStep;
  readonly backfill: LockedBackfill;
  readonly backfillId: number;
  readonly now: Date;
}

/** @returns events of the run that came of it; none for a skip; undefined when the step does not hold any more. */
async function carryOut(transaction: Transaction, facts: StepFacts): Promise<readonly ChangeEvent[] | undefined> {
  const { step, backfillId, now } = facts;
  const date = await transaction.queryOne<LockedDate>(LOCK_DATE, [backfillId, step.position]);
  if (date === undefined) return undefined;
  const events = await eventsOf(transaction, facts, date);
  if (events === undefined) return undefined;
  await transaction.query(SETTLE_DATE, [backfillId, step.position, now, step.kind === "skip" ? step.reason : null]);
  return events;
}

async function eventsOf(transaction: Transaction, facts: StepFacts, date: LockedDate): Promise<readonly ChangeEvent[] | undefined> {
  const { step, backfill, backfillId, now } = facts;
  switch (step.kind) {
    case "skip":
      return [];
    case "create": {
      const { dagId, conf, triggeringUser } = backfill;
      const run = {
        ...date,
        dagId,
        runId: step.runId,
        runType: "backfill",
        conf,
        note: null,
        triggeredBy: "backfill",
        triggeringUser,
      } as const;
      const runKey = await createRunIn(transaction, run, now);
      if (runKey === undefined) return undefined;
      await transaction.query(TAKE_OVER_RUN, [runKey, backfillId, null]);
      return [runEvent({ dagId, runId: step.runId, runKey, state: "queued" })];
    }
    case "reprocess": {
      const run = await transaction.queryOne<{ dagId: string; runId: string }>(LOCK_RUN_IN_STATE, [step.runKey, step.from]);
      if (run === undefined) return undefined;
      const cleared = await clearIn(transaction, { ...run, onlyFailed: false, dryRun: false }, now);
      if (backfill.runOnLatestVersion) await repointRun(transaction, step.runKey, now);
      const conf = Object.keys(backfill.conf).length === 0 ? null : JSON.stringify(backfill.conf);
      await transaction.query(TAKE_OVER_RUN, [step.runKey, backfillId, conf]);
      return [...cleared.taskInstances.map(taskEvent), runEvent({ ...run, runKey: step.runKey, state: "queued" })];
    }
  }
}
