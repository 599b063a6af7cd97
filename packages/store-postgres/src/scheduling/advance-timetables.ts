import type { ActiveRun, LeaderTerm, SchedulerStore, TimetableOutcome, TimetableStep } from "@polyflow/store";
import { unlessLocked, WAIT_BRIEFLY } from "../brief-wait.ts";
import { CREATE_WANTED_RUNS, NEW_RUN_ARRAYS, NEW_RUN_COLUMNS, newRunsValues } from "../runs/create-run.ts";
import { runEvent } from "../runs/run-row.ts";
import { type Statement, statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { MAY_RUN } from "./dag-conditions.ts";
import { COMMIT_LAZILY, holdLease, leadershipLost, termValues } from "./lease.ts";

type Advanced = Awaited<ReturnType<SchedulerStore["advanceTimetables"]>>;

/**
 * Parameters: runs and now as CREATE_WANTED_RUNS ($1 to $12), the four dates of the next runs ($13 to $16), the DAGs in the order of their ids and
 * the versions that were asked ($17, $18), term ($19 to $21). Arrays have one place for each DAG. DAGs that were paused, left their file or
 * got another version meanwhile are left alone, those whose row somebody else holds are skipped; the lock keeps the others from getting another
 * version between run and plan. A run is started at once when its DAG has room and no older run waits. Result: DAGs that are as they were
 * asked, whether they are held, with null runs; then the runs. Must run alone, since it counts. Locks held: leader_lease; then dag
 * (never waited for), dag_run, dag_newest_run, task_instance, deadline.
 * @param skipsNewest DAGs whose newest run somebody else is making or ending are skipped, too
 */
function advanceText(skipsNewest: boolean): string {
  return `with asked as materialized (
     select step.*, dag.max_active_runs, held.dag_id is not null as is_held
     from unnest(
       ${NEW_RUN_ARRAYS}, $13::timestamptz[], $14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::text[], $18::uuid[]
     ) step (
       ${NEW_RUN_COLUMNS}, next_logical_date, next_interval_start, next_interval_end, next_run_after, asked_dag_id, asked_version_id
     )
     cross join lateral (
       select dag.max_active_runs from polyflow.dag
       where dag.dag_id = step.asked_dag_id and dag.current_version_id = step.asked_version_id and ${MAY_RUN}
         and dag.schedule_state <> 'unscheduled'
       limit 1
     ) dag
     left join lateral (
       select dag.dag_id from polyflow.dag ${skipsNewest ? "join polyflow.dag_newest_run newest using (dag_id)" : ""}
       where dag.dag_id = step.asked_dag_id and dag.current_version_id = step.asked_version_id and ${MAY_RUN}
       for no key update skip locked
     ) held on true
     where exists (select from polyflow.leader_lease where name = $19 and holder = $20 and term = $21)
   ),
   wanted as materialized (
     select asked.*, (
       asked.run_after <= $8::timestamptz and (
         select count(*) filter (where other.state = 'queued') = 0 and count(*) < asked.max_active_runs
         from polyflow.dag_run other
         where other.dag_id = asked.dag_id and other.state in ('queued', 'running') and other.backfill_id is null
       )
     ) as may_start
     from asked where asked.is_held and asked.run_id is not null
   ),
   ${CREATE_WANTED_RUNS},
   moved as (
     update polyflow.dag set
       schedule_state = case when asked.next_run_after is null then 'ended' else 'planned' end,
       next_logical_date = asked.next_logical_date, next_interval_start = asked.next_interval_start,
       next_interval_end = asked.next_interval_end, next_run_after = asked.next_run_after
     from asked where dag.dag_id = asked.asked_dag_id and asked.is_held
   )
   select asked.asked_dag_id as "dagId", asked.is_held as "isHeld", null::uuid as "runKey", null as "runId", null::uuid as "versionId",
          null as state, null::timestamptz as "logicalDate", null::timestamptz as "startDate"
   from asked
   union all
   select run.dag_id, true, run.dag_run_id, run.run_id, run.dag_version_id, run.state, run.logical_date, run.start_date from created run`;
}

const ADVANCE_TIMETABLES = statement("advance_timetables", advanceText(false));
const ADVANCE_TIMETABLES_SKIPPING = statement("advance_timetables_skipping", advanceText(true));

type AskedRow = { readonly dagId: string; readonly isHeld: boolean; readonly runKey: null };
type AdvancedRow = AskedRow | (ActiveRun & { readonly isHeld: true });

/**
 * See SchedulerStore.advanceTimetables. One round trip: begin, lock the lease, write, commit travel together. A newest run that somebody is just
 * making is waited for briefly, since that is over in a moment; if it is not, its DAG is skipped. What is left then is a transaction that
 * has made a run of the same id or date: it shows only when one meets it.
 */
export function advanceTimetables(context: StoreContext, term: LeaderTerm, steps: readonly TimetableStep[]): Promise<Advanced> {
  return unlessLocked(
    () => advanceTogether(context, ADVANCE_TIMETABLES, { term, steps }),
    () => advanceSkipping(context, term, steps),
  );
}

function advanceSkipping(context: StoreContext, term: LeaderTerm, steps: readonly TimetableStep[]): Promise<Advanced> {
  return unlessLocked(
    () => advanceTogether(context, ADVANCE_TIMETABLES_SKIPPING, { term, steps }),
    () => {
      if (steps.length === 1) return Promise.resolve({ outcomes: ["busy"], started: [] });
      return inHalves(steps, (half) => advanceSkipping(context, term, half));
    },
  );
}

async function inHalves(
  steps: readonly TimetableStep[],
  advance: (half: readonly TimetableStep[]) => Promise<Advanced>,
): Promise<Advanced> {
  const middle = steps.length >> 1;
  const first = await advance(steps.slice(0, middle));
  const second = await advance(steps.slice(middle));
  return { outcomes: [...first.outcomes, ...second.outcomes], started: [...first.started, ...second.started] };
}

async function advanceTogether(
  context: StoreContext,
  advance: Statement,
  { term, steps }: { readonly term: LeaderTerm; readonly steps: readonly TimetableStep[] },
): Promise<Advanced> {
  const sorted = steps.toSorted((left, right) => (left.dagId < right.dagId ? -1 : 1));
  const values = [
    ...newRunsValues(
      sorted.map((step) => step.run),
      nowOf(context),
    ),
    sorted.map((step) => step.next?.logicalDate),
    sorted.map((step) => step.next?.dataIntervalStart),
    sorted.map((step) => step.next?.dataIntervalEnd),
    sorted.map((step) => step.next?.runAfter),
    sorted.map((step) => step.dagId),
    sorted.map((step) => step.versionId),
    ...termValues(term),
  ];
  const rows = await context.database.pipeline(async (transaction) => {
    // A run that is lost with the server is due again when it is back: see COMMIT_LAZILY.
    const [holds, , , advanced] = await Promise.all([
      holdLease(transaction, term),
      transaction.query(COMMIT_LAZILY),
      transaction.query(WAIT_BRIEFLY),
      transaction.query<AdvancedRow>(advance, values),
    ]);
    if (!holds) throw leadershipLost(term);
    return advanced;
  });
  const asked = new Map(rows.filter((row) => row.runKey === null).map((row) => [row.dagId, row]));
  const runs = rows.filter((row) => row.runKey !== null);
  const created = new Set(runs.map((run) => run.dagId));
  context.feed.emit(runs.map(runEvent));
  return {
    outcomes: steps.map((step) => outcomeOf(step, asked.get(step.dagId), created.has(step.dagId))),
    started: runs.filter((run) => run.state === "running").map(({ isHeld: _isHeld, ...run }) => run),
  };
}

function outcomeOf(step: TimetableStep, asked: AdvancedRow | undefined, isCreated: boolean): TimetableOutcome {
  if (asked === undefined) return "left_alone";
  if (!asked.isHeld) return "busy";
  if (step.run === null) return "planned";
  return isCreated ? "created" : "exists";
}
