import type { DagRunKey, DagVersionId } from "@polyflow/contracts";
import type { DueDag, LeaderTerm, NextRun, ScheduledRun, ScheduledRunOutcome, SchedulerStore } from "@polyflow/store";
import { type NextRunColumns, nextRunFromRow } from "../dags/dag-row.ts";
import { createRunText, newRunValues } from "../runs/create-run.ts";
import { runEvent } from "../runs/run-row.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { leadershipLost, TERM_LASTS, termValues, writeInTerm } from "./lease.ts";

const UNFINISHED_RUNS = `(
  select count(*) from polyflow.dag_run run where run.dag_id = dag.dag_id and run.state in ('queued', 'running') and run.backfill_id is null
)`;
export const HAS_ROOM = `${UNFINISHED_RUNS} < dag.max_active_runs`;
export const MAY_RUN = `dag.is_active and not dag.is_paused`;

/** Parameters: now, limit. Result: DAGs whose timetable must be asked; never asked ones first, then the longest due. Locks: none. */
const LIST_DUE_DAGS = statement(
  "list_due_dags",
  `with due as (
     (
       select dag.* from polyflow.dag where ${MAY_RUN} and dag.schedule_state = 'unasked' and ${HAS_ROOM}
       order by dag.dag_id limit $2
     )
     union all
     (
       select dag.* from polyflow.dag
       where ${MAY_RUN} and dag.schedule_state = 'planned' and dag.next_run_after <= $1 and ${HAS_ROOM}
       order by dag.next_run_after limit $2
     )
   )
   select dag.dag_id as "dagId", dag.current_version_id as "versionId", ${UNFINISHED_RUNS}::integer as "unfinishedRuns",
          dag.next_logical_date as "nextLogicalDate", dag.next_interval_start as "nextIntervalStart",
          dag.next_interval_end as "nextIntervalEnd", dag.next_run_after as "nextRunAfter",
          last.logical_date as "lastLogicalDate", last.data_interval_start as "lastIntervalStart",
          last.data_interval_end as "lastIntervalEnd", last.run_after as "lastRunAfter", dag.horizon
   from due dag
   left join lateral (
     select run.logical_date, run.data_interval_start, run.data_interval_end, run.run_after
     from polyflow.dag_run run
     where run.dag_id = dag.dag_id and run.run_type = 'scheduled' and run.logical_date is not null
       and run.data_interval_start is not null and run.data_interval_end is not null
     order by run.logical_date desc
     limit 1
   ) last on true
   order by dag.next_run_after nulls first, dag.dag_id
   limit $2`,
);

type DueRow = Omit<DueDag, "spec" | "nextRun" | "lastAutomatedRun" | "versionId"> &
  NextRunColumns & {
    readonly versionId: DagVersionId;
    readonly lastLogicalDate: Date | null;
    readonly lastIntervalStart: Date | null;
    readonly lastIntervalEnd: Date | null;
    readonly lastRunAfter: Date | null;
  };

interface CreatedRow {
  readonly termLasts: boolean;
  readonly wasAsked: boolean;
  readonly runKey: DagRunKey | null;
}

/**
 * Parameters: now. Result: when the next run is to be created, a queued run may start, a retry or a run's time limit falls due; null when
 * nothing is planned. Paused DAGs and DAGs without room do not count: they wait for something else than time. Locks: none.
 */
const NEXT_DUE_AT = statement(
  "next_due_at",
  `select least(
     (
       select dag.next_run_after from polyflow.dag where ${MAY_RUN} and dag.schedule_state = 'planned' and ${HAS_ROOM}
       order by dag.next_run_after limit 1
     ),
     (
       select min(run.run_after) from polyflow.dag_run run join polyflow.dag using (dag_id)
       where run.state = 'queued' and run.run_after > $1 and not dag.is_paused
     ),
     (
       select ti.next_retry_at
       from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id) join polyflow.dag using (dag_id)
       where ti.next_retry_at is not null and run.state = 'running' and not dag.is_paused
       order by ti.next_retry_at limit 1
     ),
     (select min(run.timeout_at) from polyflow.dag_run run where run.state = 'running' and run.timeout_at is not null),
     (select min(deadline.due_at) from polyflow.deadline where deadline.missed_at is null)
   ) as "dueAt"`,
);

/** Assignments of the plan; $n to $n+3 are the four dates, all null when no run will come of itself. */
function planAssignments(first: number): string {
  return `
    schedule_state = case when $${first + 3}::timestamptz is null then 'ended' else 'planned' end,
    next_logical_date = $${first}::timestamptz, next_interval_start = $${first + 1}::timestamptz,
    next_interval_end = $${first + 2}::timestamptz, next_run_after = $${first + 3}::timestamptz`;
}

/**
 * Parameters: as createRunText ($1 to $12), then the four dates of the next run ($13 to $16), then name, holder, term of the lease, then the
 * version that was asked. Result: whether the term lasts, whether the DAG is still as it was asked, and the key of a new run. A DAG that was paused, left its file or got another
 * version meanwhile is left alone; the lock keeps it from getting one between the run and the plan.
 * Locks: leader_lease (shared), dag, dag_run.
 */
const CREATE_SCHEDULED_RUN = statement(
  "create_scheduled_run",
  `with lease as materialized (
     select term from polyflow.leader_lease where name = $17 and holder = $18 and term = $19 for key share
   ),
   asked as materialized (
     select dag_id from polyflow.dag
     where dag_id = $1 and current_version_id = $20 and is_active and not is_paused and exists (select from lease)
     for no key update
   ),
   ${createRunText("and exists (select from asked)")},
   moved as (
     update polyflow.dag set ${planAssignments(13)} from asked where dag.dag_id = asked.dag_id
   )
   select exists (select from lease) as "termLasts", exists (select from asked) as "wasAsked", (select dag_run_id from created) as "runKey"`,
);

/** Parameters: term (3), DAG id, the four dates, the version that was asked. Locks held: leader_lease; then dag. */
const SET_NEXT_RUN = statement(
  "set_next_run",
  `update polyflow.dag set ${planAssignments(5)}
   where dag_id = $4 and current_version_id = $9 and schedule_state <> 'unscheduled' and ${TERM_LASTS}`,
);

export function plannedRunMethods(
  context: StoreContext,
): Pick<SchedulerStore, "listDueDags" | "nextDueAt" | "createScheduledRun" | "setNextRun"> {
  const { database } = context;
  return {
    listDueDags: (now, limit) => listDueDags(context, now, limit),
    nextDueAt: async () => (await database.queryOne<{ dueAt: Date | null }>(NEXT_DUE_AT, [nowOf(context)]))?.dueAt ?? undefined,
    createScheduledRun: (term, run) => createScheduledRun(context, term, run),
    async setNextRun(term, { dagId, versionId }, next) {
      await writeInTerm(context, term, { statement: SET_NEXT_RUN, values: [dagId, ...planValues(next), versionId] });
    },
  };
}

async function listDueDags(context: StoreContext, now: Date, limit: number): Promise<readonly DueDag[]> {
  const rows = await context.database.query<DueRow>(LIST_DUE_DAGS, [now, limit]);
  const specs = await context.specs.load(rows.map((row) => row.versionId));
  return rows.flatMap((row) => {
    const spec = specs.get(row.versionId);
    // The DAG was deleted between the two looks.
    if (spec === undefined) return [];
    const lastAutomatedRun = nextRunFromRow({
      nextLogicalDate: row.lastLogicalDate,
      nextIntervalStart: row.lastIntervalStart,
      nextIntervalEnd: row.lastIntervalEnd,
      nextRunAfter: row.lastRunAfter,
    });
    const { dagId, versionId, unfinishedRuns, horizon } = row;
    return [{ dagId, versionId, spec, unfinishedRuns, horizon, nextRun: nextRunFromRow(row), lastAutomatedRun }];
  });
}

async function createScheduledRun(context: StoreContext, term: LeaderTerm, run: ScheduledRun): Promise<ScheduledRunOutcome> {
  const values = [...newRunValues(run, nowOf(context)), ...planValues(run.next), ...termValues(term), run.versionId];
  const row = await context.database.queryOne<CreatedRow>(CREATE_SCHEDULED_RUN, values);
  if (row?.termLasts !== true) throw leadershipLost(term);
  if (row.runKey === null) return row.wasAsked ? "exists" : "left_alone";
  context.feed.emit([runEvent({ dagId: run.dagId, runId: run.runId, runKey: row.runKey, state: "queued" })]);
  return "created";
}

function planValues(next: NextRun | null): readonly (Date | null)[] {
  return [next?.logicalDate ?? null, next?.dataIntervalStart ?? null, next?.dataIntervalEnd ?? null, next?.runAfter ?? null];
}
