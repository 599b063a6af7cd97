import type { DagVersionId } from "@polyflow/contracts";
import type { DueDag, SchedulerStore } from "@polyflow/store";
import { type NextRunColumns, nextRunFromRow } from "../dags/dag-row.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { advanceTimetables } from "./advance-timetables.ts";
import { HAS_ROOM, MAY_RUN, UNFINISHED_RUNS } from "./dag-conditions.ts";
import { WAKING_TASKS } from "./waking-tasks.ts";

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

/**
 * Parameters: now, DAGs whose next runs do not count. Result: when the next run is to be created, a queued run may start, a retry or a run's time limit falls due; null when
 * nothing is planned. Paused DAGs and DAGs without room do not count: they wait for something else than time. Locks: none.
 */
const NEXT_DUE_AT = statement(
  "next_due_at",
  `select least(
     (
       select dag.next_run_after from polyflow.dag where ${MAY_RUN} and dag.schedule_state = 'planned' and ${HAS_ROOM}
         and dag.dag_id <> all ($2::text[])
       order by dag.next_run_after limit 1
     ),
     (
       select min(run.run_after) from polyflow.dag_run run join polyflow.dag using (dag_id)
       where run.state = 'queued' and run.run_after > $1 and not dag.is_paused
     ),
     (
       select ti.next_retry_at
       from ${WAKING_TASKS}
       where ti.next_retry_at is not null and run.state = 'running' and not dag.is_paused
       order by ti.next_retry_at limit 1
     ),
     (select min(run.timeout_at) from polyflow.dag_run run where run.state = 'running' and run.timeout_at is not null),
     (select min(deadline.due_at) from polyflow.deadline where deadline.missed_at is null)
   ) as "dueAt"`,
);

export function plannedRunMethods(context: StoreContext): Pick<SchedulerStore, "listDueDags" | "nextDueAt" | "advanceTimetables"> {
  const { database } = context;
  return {
    listDueDags: (now, limit) => listDueDags(context, now, limit),
    async nextDueAt(exceptDags = []) {
      return (await database.queryOne<{ dueAt: Date | null }>(NEXT_DUE_AT, [nowOf(context), exceptDags]))?.dueAt ?? undefined;
    },
    advanceTimetables: (term, steps) => advanceTimetables(context, term, steps),
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
