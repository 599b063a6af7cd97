import type { DagRunKey } from "@polyflow/contracts";
import { PolyflowError } from "@polyflow/contracts";
import type { DagRunRecord, NewRun } from "@polyflow/store";
import { CallBatcher } from "../call-batcher.ts";
import type { Transaction } from "../database.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { deadlineStart } from "./deadline-start.ts";
import { RUN_COLUMNS, type RunRow, runEvent } from "./run-row.ts";

/** New runs as rows of `unnest`: one array for each column, parameters $1 to $7 and $9 to $12; see newRunsValues. */
export const NEW_RUN_ARRAYS = `
  $1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
  $9::text[], $10::text[], $11::text[], $12::text[]`;
export const NEW_RUN_COLUMNS = `
  dag_id, run_id, run_type, logical_date, data_interval_start, data_interval_end, run_after, conf, note, triggered_by, triggering_user`;

/**
 * New runs of `wanted`, a CTE with NEW_RUN_COLUMNS and `may_start`: whether the run is started in the same breath. They get the current
 * versions of their DAGs, their task instances and deadlines. What (dag_id, run_id) or (dag_id, logical_date) names already is not created again.
 * Parameters: those of NEW_RUN_ARRAYS, and $8 now. The lateral joins keep the plan to one look into an index for each row, whatever is known of
 * the tables when it is made. Result: `created`, whole rows of dag_run.
 */
export const CREATE_WANTED_RUNS = `
  created as (
    insert into polyflow.dag_run (
      dag_id, run_id, run_type, state, dag_version_id, logical_date, data_interval_start, data_interval_end, run_after, queued_at,
      start_date, timeout_at, conf, note, triggered_by, triggering_user, has_callbacks
    )
    select wanted.dag_id, wanted.run_id, wanted.run_type, case when wanted.may_start then 'running' else 'queued' end,
           dag.current_version_id, wanted.logical_date, wanted.data_interval_start, wanted.data_interval_end, wanted.run_after,
           $8::timestamptz, case when wanted.may_start then $8::timestamptz end,
           case when wanted.may_start then $8::timestamptz + version.run_timeout_ms * interval '1 millisecond' end,
           wanted.conf::json, wanted.note, wanted.triggered_by, wanted.triggering_user, version.callbacks is not null
    from wanted
    cross join lateral (
      select dag.current_version_id from polyflow.dag where dag.dag_id = wanted.dag_id and dag.is_active limit 1
    ) dag
    cross join lateral (
      select version.run_timeout_ms, version.callbacks
      from polyflow.dag_version version where version.dag_version_id = dag.current_version_id limit 1
    ) version
    on conflict do nothing
    returning *
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
    from created
    cross join lateral (
      select * from polyflow.dag_version_task of_version where of_version.dag_version_id = created.dag_version_id
      order by of_version.position
      offset 0
    ) task
    cross join lateral (
      select coalesce(created.logical_date < task.starts_at or created.logical_date > task.ends_at, false) as is_out
    ) dated
  ),
  expected as (
    insert into polyflow.deadline (dag_run_id, name, due_at)
    select created.dag_run_id, wanted.name, counted.from_at + wanted.after_ms * interval '1 millisecond'
    from created
    cross join lateral (
      select * from polyflow.dag_version_deadline of_version where of_version.dag_version_id = created.dag_version_id offset 0
    ) wanted
    cross join lateral (
      select ${deadlineStart({ now: "$8", dagId: "created.dag_id", logicalDate: "created.logical_date" })} as from_at
    ) counted
    where counted.from_at is not null
  )`;

/** Result: the runs that were created. Locks: dag (key share), then the new rows, dag_newest_run. All of one DAG: others would be locked in any order. */
const CREATE_RUNS = statement(
  "create_runs",
  `with wanted as (select *, false as may_start from unnest(${NEW_RUN_ARRAYS}) new_run (${NEW_RUN_COLUMNS})), ${CREATE_WANTED_RUNS}
   select ${RUN_COLUMNS} from created run join polyflow.dag_version version using (dag_version_id)`,
);

/** Parameters: DAG id, run id, logical date. Result: whether the DAG is there, and the run that is in the way. */
const EXPLAIN_REFUSAL = statement(
  "explain_refused_run",
  `select exists (select from polyflow.dag where dag_id = $1 and is_active) as "hasDag",
          (
            select run_id from polyflow.dag_run where dag_id = $1 and (run_id = $2 or logical_date = $3) order by run_id <> $2 limit 1
          ) as "otherRunId"`,
);

/** Values of NEW_RUN_ARRAYS and now, $1 to $12. A run that is null makes a row of nulls. */
export function newRunsValues(runs: readonly (NewRun | null)[], now: Date): readonly unknown[] {
  const column = <Value>(value: (run: NewRun) => Value) => runs.map((run) => (run === null ? null : value(run)));
  return [
    column((run) => run.dagId),
    column((run) => run.runId),
    column((run) => run.runType),
    column((run) => run.logicalDate),
    column((run) => run.dataIntervalStart),
    column((run) => run.dataIntervalEnd),
    column((run) => run.runAfter),
    now,
    column((run) => JSON.stringify(run.conf)),
    column((run) => run.note),
    column((run) => run.triggeredBy),
    column((run) => run.triggeringUser),
  ];
}

/** Creates a run in an open transaction. @returns undefined when there is one of its id or logical date, or no such DAG. */
export async function createRunIn(transaction: Transaction, run: NewRun, now: Date): Promise<DagRunKey | undefined> {
  return (await transaction.queryOne<RunRow>(CREATE_RUNS, newRunsValues([run], now)))?.runKey;
}

interface Creations {
  readonly batcher: CallBatcher<NewRun, DagRunRecord | undefined>;
  underWay: number;
}

/**
 * See RunStore.createRun. Runs of one DAG that are asked for at once are one statement and one wait for the disk: by themselves each would wait
 * for the one before it, since all of them become the newest run of the DAG. Runs of several DAGs do not go together; see CREATE_RUNS.
 */
export function runCreation(context: StoreContext): (run: NewRun) => Promise<DagRunRecord> {
  const byDag = new Map<string, Creations>();
  return async (run) => {
    const creations = byDag.get(run.dagId) ?? { batcher: creationsOf(context), underWay: 0 };
    byDag.set(run.dagId, creations);
    creations.underWay += 1;
    try {
      const created = await creations.batcher.call(run);
      if (created === undefined) throw await refusal(context, run);
      return created;
    } finally {
      creations.underWay -= 1;
      if (creations.underWay === 0) byDag.delete(run.dagId);
    }
  };
}

function creationsOf(context: StoreContext): Creations["batcher"] {
  return new CallBatcher({
    clock: context.clock,
    keyOf: ({ runId }) => runId,
    async run(runs) {
      const created = await context.database.query<RunRow>(CREATE_RUNS, newRunsValues(runs, nowOf(context)));
      context.feed.emit(created.map(runEvent));
      const byId = new Map(created.map((row) => [row.runId, row]));
      return runs.map(({ runId }) => byId.get(runId));
    },
  });
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
