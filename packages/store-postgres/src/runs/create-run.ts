import type { DagRunKey } from "@polyflow/contracts";
import { PolyflowError } from "@polyflow/contracts";
import type { DagRunRecord, NewRun } from "@polyflow/store";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { deadlineStart } from "./deadline-start.ts";
import { RUN_COLUMNS, RUN_TABLES, type RunRow, runEvent } from "./run-row.ts";

/**
 * Columns of a new run from the DAG's current version, and its task instances.
 * Parameters: $1 dag id, $2 run id, $3 run type, $4 logical date, $5 and $6 data interval, $7 run after, $8 now, $9 conf, $10 note,
 * $11 triggered by, $12 triggering user. What (dag_id, run_id) or (dag_id, logical_date) names already is not created again.
 * The select of the DAG may carry a condition of its own in place of `condition`.
 */
export function createRunText(condition: string): string {
  return `
    created as (
      insert into polyflow.dag_run (
        dag_id, run_id, run_type, state, dag_version_id, logical_date, data_interval_start, data_interval_end, run_after, queued_at,
        conf, note, triggered_by, triggering_user, has_callbacks
      )
      select dag.dag_id, $2, $3, 'queued', dag.current_version_id, $4::timestamptz, $5::timestamptz, $6::timestamptz, $7::timestamptz,
             $8::timestamptz, $9::json, $10, $11, $12, version.callbacks is not null
      from polyflow.dag join polyflow.dag_version version on version.dag_version_id = dag.current_version_id
      where dag.dag_id = $1 and dag.is_active ${condition}
      on conflict do nothing
      returning dag_run_id, dag_version_id, run_after, logical_date
    ),
    planned as (
      insert into polyflow.task_instance (
        dag_run_id, task_id, position, max_tries, operator, pool, pool_slots, queue, priority_weight, run_after, state, end_date,
        reason, has_callbacks
      )
      select created.dag_run_id, task.task_id, task.position, task.retries, task.operator, task.pool, task.pool_slots, task.queue,
             task.priority_weight, created.run_after, case when dated.is_out then 'skipped' else 'none' end,
             case when dated.is_out then $8::timestamptz end,
             case when dated.is_out then 'The logical date of the run lies outside of the dates of the task.' end,
             task.callbacks is not null
      from created join polyflow.dag_version_task task using (dag_version_id)
      cross join lateral (
        select coalesce(created.logical_date < task.starts_at or created.logical_date > task.ends_at, false) as is_out
      ) dated
      order by task.position
    ),
    expected as (
      insert into polyflow.deadline (dag_run_id, name, due_at)
      select created.dag_run_id, wanted.name, counted.from_at + wanted.after_ms * interval '1 millisecond'
      from created
      join polyflow.dag_version_deadline wanted using (dag_version_id)
      cross join lateral (
        select ${deadlineStart({ now: "$8", dagId: "$1", logicalDate: "created.logical_date" })} as from_at
      ) counted
      where counted.from_at is not null
    )`;
}

/** Result: the new run's key, or no row. Locks: dag (key share), then the new rows. */
export const CREATE_RUN = statement("create_run", `with ${createRunText("")} select dag_run_id as "runKey" from created`);

/** Parameters: run key. */
const GET_RUN_BY_KEY = statement("get_run_by_key", `select ${RUN_COLUMNS} from ${RUN_TABLES} where run.dag_run_id = $1`);

/** Parameters: DAG id, run id, logical date. Result: whether the DAG is there, and the run that is in the way. */
const EXPLAIN_REFUSAL = statement(
  "explain_refused_run",
  `select exists (select from polyflow.dag where dag_id = $1 and is_active) as "hasDag",
          (
            select run_id from polyflow.dag_run where dag_id = $1 and (run_id = $2 or logical_date = $3) order by run_id <> $2 limit 1
          ) as "otherRunId"`,
);

export function newRunValues(run: NewRun, now: Date): readonly unknown[] {
  return [
    run.dagId,
    run.runId,
    run.runType,
    run.logicalDate,
    run.dataIntervalStart,
    run.dataIntervalEnd,
    run.runAfter,
    now,
    JSON.stringify(run.conf),
    run.note,
    run.triggeredBy,
    run.triggeringUser,
  ];
}

/** See RunStore.createRun. One statement: run and task instances come into being together or not at all. */
export async function createRun(context: StoreContext, run: NewRun): Promise<DagRunRecord> {
  const created = await context.database.queryOne<{ runKey: DagRunKey }>(CREATE_RUN, newRunValues(run, nowOf(context)));
  if (created === undefined) throw await refusal(context, run);
  context.feed.emit([runEvent({ dagId: run.dagId, runId: run.runId, runKey: created.runKey, state: "queued" })]);
  const record = await context.database.queryOne<RunRow>(GET_RUN_BY_KEY, [created.runKey]);
  if (record === undefined) throw new PolyflowError("dag_run_not_found", `Run "${run.runId}" of DAG "${run.dagId}" was deleted at once.`);
  return record;
}

async function refusal(context: StoreContext, run: NewRun): Promise<PolyflowError> {
  const why = await context.database.queryOne<{ hasDag: boolean; otherRunId: string | null }>(EXPLAIN_REFUSAL, [
    run.dagId,
    run.runId,
    run.logicalDate,
  ]);
  if (why?.hasDag !== true) {
    return new PolyflowError("dag_not_found", `No DAG "${run.dagId}". \`polyflow dags list\` shows those that exist.`);
  }
  const other = why.otherRunId ?? run.runId;
  const reason =
    other === run.runId
      ? `DAG "${run.dagId}" already has a run "${run.runId}". Choose another run id.`
      : `DAG "${run.dagId}" already has the run "${other}" for the logical date ${run.logicalDate?.toISOString()}. Choose another logical date, or clear that run.`;
  return new PolyflowError("dag_run_exists", reason, { details: { dagId: run.dagId, runId: other } });
}
