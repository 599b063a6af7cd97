import type { LeaderTerm, MissedDeadlineFilter, MissedDeadlineRecord, Page } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";
import { isDueText, TERM_LASTS, writeInTermIfDue } from "./lease.ts";

/**
 * Parameters: term (3), now, limit. Deadlines that are due: those of runs that ended in time go, the others are missed, which the audit log
 * says. Result: the missed ones. Locks held: leader_lease; then deadline.
 */
const MISS_DEADLINES = statement(
  "miss_deadlines",
  `with due as materialized (
     select deadline.deadline_id, coalesce(run.end_date <= deadline.due_at, false) as is_met
     from polyflow.deadline join polyflow.dag_run run using (dag_run_id)
     where deadline.missed_at is null and deadline.due_at <= $4 and ${TERM_LASTS}
     order by deadline.due_at
     limit $5
     for update of deadline skip locked
   ),
   met as (delete from polyflow.deadline using due where deadline.deadline_id = due.deadline_id and due.is_met),
   missed as (
     update polyflow.deadline set missed_at = $4 from due where deadline.deadline_id = due.deadline_id and not due.is_met
     returning deadline.*
   ),
   noted as (
     insert into polyflow.audit_log (at, event, dag_id, run_id, details)
     select $4, 'deadline_missed', run.dag_id, run.run_id, json_build_object('deadline', missed.name, 'due_at', missed.due_at)
     from missed join polyflow.dag_run run using (dag_run_id)
   ),
   called as (
     insert into polyflow.callback (
       dag_run_id, dag_version_id, kind, function, deadline, try_number, cause_state, caused_at, due_at
     )
     select run.dag_run_id, run.dag_version_id, 'deadline', called.index, missed.name, 0, run.state, $4::timestamptz, $4::timestamptz
     from missed
     join polyflow.dag_run run using (dag_run_id)
     join polyflow.dag_version_deadline wanted on wanted.dag_version_id = run.dag_version_id and wanted.name = missed.name
     cross join lateral generate_series(0, wanted.callbacks - 1) called (index)
   )
   select run.dag_id as "dagId", run.run_id as "runId", missed.name
   from missed join polyflow.dag_run run using (dag_run_id)`,
);

/** Parameters: term (3), now. */
const DEADLINES_ARE_DUE = statement(
  "deadlines_are_due",
  isDueText(`select from polyflow.deadline where missed_at is null and due_at <= $4`),
);

/** Parameters: DAG or null, readable DAGs or null, limit, offset. Result: newest first, each with the number of all. */
const LIST_MISSED_DEADLINES = statement(
  "list_missed_deadlines",
  `select deadline.deadline_id as "deadlineId", run.dag_id as "dagId", run.run_id as "runId", deadline.name, deadline.due_at as "dueAt",
          deadline.missed_at as "missedAt", run.end_date as "runEndDate", count(*) over ()::integer as total
   from polyflow.deadline join polyflow.dag_run run using (dag_run_id)
   where deadline.missed_at is not null and ($1::text is null or run.dag_id = $1) and ($2::text[] is null or run.dag_id = any($2))
   order by deadline.missed_at desc, deadline.deadline_id desc
   limit $3 offset $4`,
);

export interface MissedDeadline {
  readonly dagId: string;
  readonly runId: string;
  readonly name: string;
}

/** See SchedulerStore.missDeadlines. */
export function missDeadlines(context: StoreContext, term: LeaderTerm, due: { readonly now: Date; readonly limit: number }) {
  return writeInTermIfDue<{ readonly [Column in keyof MissedDeadline]: MissedDeadline[Column] }>(context, term, {
    question: DEADLINES_ARE_DUE,
    questionValues: [due.now],
    statement: MISS_DEADLINES,
    values: [due.now, due.limit],
  });
}

/** See RunStore.listMissedDeadlines. */
export async function listMissedDeadlines({ database }: StoreContext, filter: MissedDeadlineFilter): Promise<Page<MissedDeadlineRecord>> {
  type Row = { readonly [Column in keyof MissedDeadlineRecord]: MissedDeadlineRecord[Column] } & { readonly total: number };
  const values = [filter.dagId ?? null, filter.readableDagIds ?? null, filter.limit, filter.offset];
  const rows = await database.query<Row>(LIST_MISSED_DEADLINES, values);
  return { rows: rows.map(({ total: _total, ...row }) => row), total: rows[0]?.total ?? 0 };
}
