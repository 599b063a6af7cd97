import type { LeaderTerm } from "@polyflow/store";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { TERM_LASTS, writeInTerm } from "./lease.ts";

/**
 * Parameters: term (3), DAGs, now. Result: those that were paused, since their newest finished runs, as many as they allow, have all failed;
 * the audit log says so. Backfills do not count: whoever makes up for the past looks at it anyway. Locks held: leader_lease; then dag.
 */
const PAUSE_FAILING_DAGS = statement(
  "pause_failing_dags",
  `with failing as materialized (
     select dag.dag_id, dag.max_consecutive_failed_runs as runs
     from polyflow.dag
     where dag.dag_id = any($4::text[]) and dag.max_consecutive_failed_runs is not null and not dag.is_paused and ${TERM_LASTS}
       and (
         select count(*) = dag.max_consecutive_failed_runs and bool_and(newest.state = 'failed')
         from (
           select run.state from polyflow.dag_run run
           where run.dag_id = dag.dag_id and run.state in ('success', 'failed') and run.run_type <> 'backfill'
           order by run.run_after desc, run.dag_run_id
           limit dag.max_consecutive_failed_runs
         ) newest
       )
     order by dag.dag_id
     for update of dag
   ),
   paused as (
     update polyflow.dag set is_paused = true from failing where dag.dag_id = failing.dag_id returning dag.dag_id, failing.runs
   ),
   noted as (
     insert into polyflow.audit_log (at, username, event, dag_id, details)
     select $5, null, 'pause_failing_dag', paused.dag_id, json_build_object('consecutive_failed_runs', paused.runs) from paused
   )
   select dag_id as "dagId" from paused`,
);

/** See SchedulerStore.pauseFailingDags. */
export async function pauseFailingDags(context: StoreContext, term: LeaderTerm, dagIds: readonly string[]): Promise<readonly string[]> {
  if (dagIds.length === 0) return [];
  const values = [[...dagIds].sort(), nowOf(context)];
  const paused = await writeInTerm<{ dagId: string }>(context, term, { statement: PAUSE_FAILING_DAGS, values });
  context.feed.emit(paused.map(({ dagId }) => ({ kind: "dag", dagId })));
  return paused.map(({ dagId }) => dagId);
}
