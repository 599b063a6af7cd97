import type { DagRunState } from "@polyflow/contracts";
import { PolyflowError } from "@polyflow/contracts";
import type { BackfillDateRecord, BackfillFilter, BackfillRecord, BackfillStore, NewBackfill, Page } from "@polyflow/store";
import type { Transaction } from "../database.ts";
import { pagingText } from "../paging.ts";
import { END_RUN, END_TASKS_OF_RUN } from "../runs/mark-run.ts";
import { type RunEventRow, runEvent, RUN_EVENT_COLUMNS, type TaskEventRow, taskEvent } from "../runs/run-row.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";

const BACKFILL_COLUMNS = `
  backfill.backfill_id as "backfillId", backfill.dag_id as "dagId", backfill.from_date as "fromDate", backfill.to_date as "toDate",
  backfill.dag_run_conf as conf, backfill.reprocess_behavior as reprocess, backfill.max_active_runs as "maxActiveRuns",
  backfill.run_backwards as "runBackwards", backfill.run_on_latest_version as "runOnLatestVersion", backfill.is_paused as "isPaused",
  backfill.triggering_user as "triggeringUser", backfill.created_at as "createdAt", backfill.updated_at as "updatedAt",
  backfill.completed_at as "completedAt",
  (
    select count(*) from polyflow.backfill_date date where date.backfill_id = backfill.backfill_id and date.settled_at is null
  )::integer as "pendingDates",
  (
    select count(*) from polyflow.backfill_date date where date.backfill_id = backfill.backfill_id and date.skip_reason is not null
  )::integer as "skippedDates",
  (
    select coalesce(json_object_agg(state, runs), '{}')
    from (select state, count(*) as runs from polyflow.dag_run run where run.backfill_id = backfill.backfill_id group by state) counted
  ) as runs`;

type BackfillRow = { readonly [Column in keyof BackfillRecord]: BackfillRecord[Column] };
type DateRow = { readonly [Column in keyof BackfillDateRecord]: BackfillDateRecord[Column] };

/**
 * Parameters: DAG id, from, to, conf, reprocess behaviour, most active runs, backwards, latest version, user, now. Result: the number; no row
 * when the DAG has a backfill under way already, or is not there. Locks: dag (key share).
 */
const CREATE_BACKFILL = statement(
  "create_backfill",
  `insert into polyflow.backfill (
     dag_id, from_date, to_date, dag_run_conf, reprocess_behavior, max_active_runs, run_backwards, run_on_latest_version, triggering_user,
     created_at, updated_at
   )
   select dag_id, $2::timestamptz, $3::timestamptz, $4::json, $5, $6, $7, $8, $9, $10::timestamptz, $10::timestamptz
   from polyflow.dag where dag_id = $1 and is_active
   on conflict do nothing
   returning backfill_id as "backfillId"`,
);

/** Parameters: backfill; logical dates, interval starts, interval ends, run afters in the order in which they are run. */
const CREATE_DATES = statement(
  "create_backfill_dates",
  `insert into polyflow.backfill_date (backfill_id, position, logical_date, data_interval_start, data_interval_end, run_after)
   select $1, date.position, date.logical_date, date.interval_start, date.interval_end, date.run_after
   from unnest($2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
     with ordinality date (logical_date, interval_start, interval_end, run_after, position)`,
);

/** Parameters: DAG id. Result: the backfill that is under way. */
const OPEN_BACKFILL_OF = statement(
  "open_backfill_of",
  `select backfill_id as "backfillId" from polyflow.backfill where dag_id = $1 and completed_at is null`,
);

/** Parameters: backfill. */
const GET_BACKFILL = statement("get_backfill", `select ${BACKFILL_COLUMNS} from polyflow.backfill where backfill_id = $1`);

/** Parameters: backfill, paused, now. Result: its DAG; no row when it is completed. Locks: backfill. */
const SET_PAUSED = statement(
  "set_backfill_paused",
  `update polyflow.backfill set is_paused = $2, updated_at = $3::timestamptz where backfill_id = $1 and completed_at is null
   returning dag_id as "dagId"`,
);

/** Parameters: backfill, now. Result: its DAG; no row when it is completed. Locks: backfill. */
const COMPLETE = statement(
  "cancel_backfill",
  `update polyflow.backfill set completed_at = $2::timestamptz, updated_at = $2::timestamptz
   where backfill_id = $1 and completed_at is null
   returning dag_id as "dagId"`,
);

/** Parameters: backfill, now. */
const CANCEL_DATES = statement(
  "cancel_backfill_dates",
  `update polyflow.backfill_date set settled_at = $2::timestamptz, skip_reason = 'cancelled' where backfill_id = $1 and settled_at is null`,
);

/** Parameters: backfill. Result: its runs that have not started. Locks: dag_run, ids ascending. */
const LOCK_QUEUED_RUNS = statement(
  "lock_queued_runs_of_backfill",
  `select ${RUN_EVENT_COLUMNS} from polyflow.dag_run run where run.backfill_id = $1 and run.state = 'queued'
   order by run.dag_run_id for update`,
);

/** Parameters: DAG id, logical dates. */
const RUN_STATES_AT = statement(
  "run_states_at",
  `select logical_date as "logicalDate", state from polyflow.dag_run where dag_id = $1 and logical_date = any($2::timestamptz[])`,
);

export function createBackfillStore(context: StoreContext): BackfillStore {
  const { database, feed } = context;
  const get = (backfillId: number) => database.queryOne<BackfillRow>(GET_BACKFILL, [backfillId]);
  return {
    createBackfill: (backfill) => createBackfill(context, backfill),
    getBackfill: get,
    listBackfills: (filter) => listBackfills(context, filter),
    async setBackfillPaused(backfillId, isPaused) {
      const changed = await database.queryOne<{ dagId: string }>(SET_PAUSED, [backfillId, isPaused, nowOf(context)]);
      if (changed === undefined) return undefined;
      feed.emit([{ kind: "backfill", dagId: changed.dagId, backfillId }]);
      return get(backfillId);
    },
    cancelBackfill: (backfillId) => cancelBackfill(context, backfillId),
    listBackfillDates: (backfillId, page) => listBackfillDates(context, backfillId, page),
    async runStatesAt(dagId, logicalDates) {
      const rows = await database.query<{ logicalDate: Date; state: DagRunState }>(RUN_STATES_AT, [dagId, logicalDates]);
      return new Map(rows.map((row) => [row.logicalDate.getTime(), row.state]));
    },
  };
}

async function createBackfill(context: StoreContext, backfill: NewBackfill): Promise<BackfillRecord> {
  const { dagId, dates } = backfill;
  const record = await context.database.transaction(async (transaction) => {
    const created = await transaction.queryOne<{ backfillId: number }>(CREATE_BACKFILL, [
      dagId,
      backfill.fromDate,
      backfill.toDate,
      JSON.stringify(backfill.conf),
      backfill.reprocess,
      backfill.maxActiveRuns,
      backfill.runBackwards,
      backfill.runOnLatestVersion,
      backfill.triggeringUser,
      nowOf(context),
    ]);
    if (created === undefined) throw await refusal(transaction, dagId);
    await transaction.query(CREATE_DATES, [
      created.backfillId,
      dates.map((date) => date.logicalDate),
      dates.map((date) => date.dataIntervalStart),
      dates.map((date) => date.dataIntervalEnd),
      dates.map((date) => date.runAfter),
    ]);
    return transaction.queryOne<BackfillRow>(GET_BACKFILL, [created.backfillId]);
  });
  if (record === undefined) throw new PolyflowError("internal", `The backfill of DAG "${dagId}" was not there after it was made.`);
  context.feed.emit([{ kind: "backfill", dagId, backfillId: record.backfillId }]);
  return record;
}

async function refusal(transaction: Transaction, dagId: string): Promise<PolyflowError> {
  const open = await transaction.queryOne<{ backfillId: number }>(OPEN_BACKFILL_OF, [dagId]);
  if (open === undefined) return new PolyflowError("dag_not_found", `No DAG "${dagId}". \`polyflow dags list\` shows those that exist.`);
  return new PolyflowError(
    "backfill_exists",
    `DAG "${dagId}" has backfill ${open.backfillId}, which is not finished. Wait for it, or cancel it.`,
    { details: { dagId, backfillId: open.backfillId } },
  );
}

async function listBackfills(context: StoreContext, filter: BackfillFilter): Promise<Page<BackfillRecord>> {
  const values = [filter.dagId ?? null, filter.readableDagIds ?? null, filter.isActive ?? null];
  const where = `where ($1::text is null or backfill.dag_id = $1) and ($2::text[] is null or backfill.dag_id = any($2))
    and ($3::boolean is null or (backfill.completed_at is null) = $3)`;
  const [totals, rows] = await Promise.all([
    context.database.queryText<{ total: number }>(`select count(*) as total from polyflow.backfill ${where}`, values),
    context.database.queryText<BackfillRow>(
      `select ${BACKFILL_COLUMNS} from polyflow.backfill ${where} order by backfill.backfill_id desc ${pagingText(filter)}`,
      values,
    ),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}

/** Lock order: backfill, dag_run, task_instance. */
async function cancelBackfill(context: StoreContext, backfillId: number): Promise<BackfillRecord | undefined> {
  const now = nowOf(context);
  const reason = `backfill ${backfillId} was cancelled`;
  const cancelled = await context.database.transaction(async (transaction) => {
    const completed = await transaction.queryOne<{ dagId: string }>(COMPLETE, [backfillId, now]);
    if (completed === undefined) return undefined;
    await transaction.query(CANCEL_DATES, [backfillId, now]);
    const runs = await transaction.query<RunEventRow>(LOCK_QUEUED_RUNS, [backfillId]);
    const tasks: TaskEventRow[] = [];
    for (const { runKey } of runs) {
      tasks.push(...(await transaction.query<TaskEventRow>(END_TASKS_OF_RUN, [runKey, "failed", now, reason, [], []])));
      await transaction.query(END_RUN, [runKey, "failed", now]);
    }
    return { ...completed, runs, tasks };
  });
  if (cancelled === undefined) return undefined;
  const { dagId, runs, tasks } = cancelled;
  context.feed.emit([
    ...tasks.map(taskEvent),
    ...runs.map((run) => runEvent({ ...run, state: "failed" })),
    { kind: "backfill", dagId, backfillId },
  ]);
  return context.database.queryOne<BackfillRow>(GET_BACKFILL, [backfillId]);
}

async function listBackfillDates(
  context: StoreContext,
  backfillId: number,
  page: { readonly limit: number; readonly offset: number },
): Promise<Page<BackfillDateRecord>> {
  const [totals, rows] = await Promise.all([
    context.database.queryText<{ total: number }>(`select count(*) as total from polyflow.backfill_date where backfill_id = $1`, [
      backfillId,
    ]),
    context.database.queryText<DateRow>(
      `select date.logical_date as "logicalDate", date.skip_reason as "skipReason", run.run_id as "runId", run.state
       from polyflow.backfill_date date
       join polyflow.backfill using (backfill_id)
       left join polyflow.dag_run run on run.dag_id = backfill.dag_id and run.logical_date = date.logical_date
       where date.backfill_id = $1
       order by date.position ${pagingText(page)}`,
      [backfillId],
    ),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}
