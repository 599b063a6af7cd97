import type { DagRunState, DagRunType } from "@polyflow/contracts";
import type { DagRunRecord, Page, RunListFilter, RunSummary } from "@polyflow/store";
import { pagingText } from "../paging.ts";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";
import { RUN_COLUMNS, RUN_TABLES, type RunRow } from "./run-row.ts";

/** An instant as milliseconds since the epoch. Not `extract`, which computes with numbers of any length. */
function epochMs(column: string): string {
  return `round(date_part('epoch', ${column}) * 1000)`;
}

/**
 * Parameters: DAG ids, how many of each. Result: a row for each DAG with the lists of its runs, newest first: for a page of the list of
 * DAGs that is a tenth of the values to read, and instants as numbers cost a tenth of what their text does.
 */
const RECENT_RUNS = statement(
  "recent_runs",
  `select wanted.dag_id as "dagId", runs.*
   from unnest($1::text[]) wanted (dag_id)
   cross join lateral (
     select array_agg(run.run_id) as "runIds", array_agg(run.run_type) as types, array_agg(run.state) as states,
            array_agg(${epochMs("run.run_after")}) as afters, array_agg(${epochMs("run.start_date")}) as starts,
            array_agg(${epochMs("run.end_date")}) as ends
     from (
       select * from polyflow.dag_run newest where newest.dag_id = wanted.dag_id order by newest.run_after desc, newest.dag_run_id limit $2
     ) run
   ) runs
   where runs.types is not null`,
);

interface RecentRunsRow {
  readonly dagId: string;
  readonly runIds: readonly string[];
  readonly types: readonly DagRunType[];
  readonly states: readonly DagRunState[];
  readonly afters: readonly number[];
  readonly starts: readonly (number | null)[];
  readonly ends: readonly (number | null)[];
}

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
  const rows = await context.database.query<{ readonly [Column in keyof RecentRunsRow]: RecentRunsRow[Column] }>(RECENT_RUNS, [
    dagIds,
    limit,
  ]);
  return new Map(rows.map((row) => [row.dagId, row.runIds.map((runId, place) => summaryOf(row, runId, place))]));
}

function summaryOf(row: RecentRunsRow, runId: string, place: number): RunSummary {
  return {
    dagId: row.dagId,
    runId,
    runType: row.types[place] ?? "manual",
    state: row.states[place] ?? "queued",
    runAfter: new Date(row.afters[place] ?? 0),
    startDate: dateOf(row.starts[place]),
    endDate: dateOf(row.ends[place]),
  };
}

function dateOf(ms: number | null | undefined): Date | null {
  return ms == null ? null : new Date(ms);
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
