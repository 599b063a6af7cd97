import type { DagRunKey } from "@polyflow/contracts";
import type { DagRunRecord, GridRun, Page, RunListFilter, RunSummary } from "@polyflow/store";
import { pagingText } from "../paging.ts";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";
import { RUN_COLUMNS, RUN_SUMMARY_COLUMNS, RUN_TABLES, type RunRow } from "./run-row.ts";

type SummaryRow = { readonly [Column in keyof RunSummary]: RunSummary[Column] };
type GridTask = GridRun["tasks"][number];

/** Parameters: DAG ids, how many of each. Result: summaries, newest first within each DAG. */
const RECENT_RUNS = statement(
  "recent_runs",
  `select ${RUN_SUMMARY_COLUMNS}
   from unnest($1::text[]) wanted (dag_id)
   cross join lateral (
     select * from polyflow.dag_run newest where newest.dag_id = wanted.dag_id order by newest.run_after desc limit $2
   ) run
   order by run.dag_id, run.run_after desc`,
);

/** Parameters: DAG ids. Result: of the newest run of each, task instances by state. */
const TASK_STATES_OF_NEWEST_RUNS = statement(
  "task_states_of_newest_runs",
  `select run.dag_id as "dagId", ti.state, count(*) as count
   from unnest($1::text[]) wanted (dag_id)
   cross join lateral (
     select * from polyflow.dag_run newest where newest.dag_id = wanted.dag_id order by newest.run_after desc limit 1
   ) run
   join polyflow.task_instance ti using (dag_run_id)
   group by run.dag_id, ti.state`,
);

/** Parameters: DAG id, how many. Result: the newest runs. */
const GRID_RUNS = statement(
  "grid_runs",
  `select ${RUN_SUMMARY_COLUMNS}, run.dag_run_id as "runKey" from polyflow.dag_run run
   where run.dag_id = $1
   order by run.run_after desc, run.dag_run_id
   limit $2`,
);

/** Parameters: DAG id, how many. Result: the task instances of the same runs as GRID_RUNS, in the order of the DAG. */
const GRID_TASKS = statement(
  "grid_tasks",
  `select ti.dag_run_id as "runKey", ti.task_id as "taskId", ti.map_index as "mapIndex", ti.state, ti.try_number as "tryNumber",
          ti.start_date as "startDate", ti.end_date as "endDate"
   from (
     select run.dag_run_id from polyflow.dag_run run where run.dag_id = $1 order by run.run_after desc, run.dag_run_id limit $2
   ) newest
   join polyflow.task_instance ti using (dag_run_id)
   order by ti.dag_run_id, ti.position, ti.map_index`,
);

const ORDERS: { readonly [order in NonNullable<RunListFilter["orderBy"]>]: string } = {
  run_after: "run.run_after, run.dag_run_id desc",
  "-run_after": "run.run_after desc, run.dag_run_id",
  start_date: "run.start_date nulls last, run.dag_run_id",
  "-start_date": "run.start_date desc nulls last, run.dag_run_id",
};

export async function listRuns(context: StoreContext, filter: RunListFilter): Promise<Page<DagRunRecord>> {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const add = (column: string, allowed: readonly string[] | undefined) => {
    if (allowed === undefined) return;
    values.push(allowed);
    conditions.push(`${column} = any($${values.length}::text[])`);
  };
  add("run.dag_id", filter.dagIds);
  add("run.dag_id", filter.readableDagIds);
  add("run.state", filter.states);
  const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
  const [totals, rows] = await Promise.all([
    context.database.queryText<{ total: number }>(`select count(*) as total from polyflow.dag_run run ${where}`, values),
    context.database.queryText<RunRow>(
      `select ${RUN_COLUMNS} from ${RUN_TABLES} ${where} order by ${ORDERS[filter.orderBy ?? "-run_after"]} ${pagingText(filter)}`,
      values,
    ),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}

export async function recentRuns(
  context: StoreContext,
  dagIds: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, readonly RunSummary[]>> {
  const rows = await context.database.query<SummaryRow>(RECENT_RUNS, [dagIds, limit]);
  return Map.groupBy(rows, (row) => row.dagId);
}

export async function taskStatesOfNewestRuns(
  context: StoreContext,
  dagIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly [state: string]: number }>> {
  const rows = await context.database.query<{ dagId: string; state: string; count: number }>(TASK_STATES_OF_NEWEST_RUNS, [dagIds]);
  const states = new Map<string, { [state: string]: number }>();
  for (const row of rows) states.set(row.dagId, { ...states.get(row.dagId), [row.state]: row.count });
  return states;
}

/** Two statements in one round trip; between them a run may come or go, so tasks are matched by key. */
export async function gridRuns(context: StoreContext, dagId: string, limit: number): Promise<readonly GridRun[]> {
  const [runs, tasks] = await context.database.pipeline((transaction) =>
    Promise.all([
      transaction.query<SummaryRow & { readonly runKey: DagRunKey }>(GRID_RUNS, [dagId, limit]),
      transaction.query<GridTask & { readonly runKey: DagRunKey }>(GRID_TASKS, [dagId, limit]),
    ]),
  );
  const tasksByRun = Map.groupBy(tasks, (task) => task.runKey);
  return runs.map(({ runKey, ...run }) => ({ ...run, tasks: (tasksByRun.get(runKey) ?? []).map(({ runKey: _key, ...task }) => task) }));
}
