import type { DagRunKey } from "@polyflow/contracts";
import type { ActiveRun, LeaderTerm, SchedulerStore, TaskFacts, TaskFactsRequest } from "@polyflow/store";
import { unlessLocked } from "../brief-wait.ts";
import { runEvent, TASK_EVENT_COLUMNS, type TaskEventRow, taskEvent } from "../runs/run-row.ts";
import { type Statement, statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { loadMapLengths, loadMappedFacts, type MappedRequest, TASK_FACTS_COLUMNS } from "./mapped-facts.ts";
import { isDueText, TERM_LASTS, writeInTermIfDue } from "./lease.ts";

type ActiveRunRow = { readonly [Column in keyof ActiveRun]: ActiveRun[Column] };
type TaskFactsRow = { readonly [Column in keyof TaskFacts]: TaskFacts[Column] };

const ACTIVE_RUN_COLUMNS = `
  run.dag_run_id as "runKey", run.dag_id as "dagId", run.run_id as "runId", run.dag_version_id as "versionId", run.state,
  run.logical_date as "logicalDate", run.start_date as "startDate"`;

/**
 * Parameters: term (3), now, limit. Result: the runs that were started; no DAG gets more running runs than it may have, none that is paused
 * gets any; a backfill has a limit and a pause of its own, which hold for its runs instead of the DAG's limit. Runs whose row somebody else
 * holds are skipped. Must run alone, since it counts. Locks held: leader_lease; then dag_run, dag_newest_run.
 * @param skipsNewest runs are skipped, too, if somebody else is making or ending the newest run of their DAG
 */
function startText(skipsNewest: boolean): string {
  return `with room as (
     -- Both states are named, so that the runs are looked up by their DAG and not all that are running are read.
     select dag.dag_id, null::bigint as backfill_id, dag.max_active_runs - (
       select count(*) filter (where run.state = 'running') from polyflow.dag_run run
       where run.dag_id = dag.dag_id and run.state in ('queued', 'running') and run.backfill_id is null
     ) as free
     from (select distinct dag_id from polyflow.dag_run where state = 'queued' and backfill_id is null) waiting
     join polyflow.dag using (dag_id)
     where not dag.is_paused
     union all
     select backfill.dag_id, backfill.backfill_id, backfill.max_active_runs - (
       select count(*) from polyflow.dag_run run where run.backfill_id = backfill.backfill_id and run.state = 'running'
     )
     from (select distinct backfill_id from polyflow.dag_run where state = 'queued' and backfill_id is not null) waiting
     join polyflow.backfill using (backfill_id) join polyflow.dag using (dag_id)
     where not dag.is_paused and (not backfill.is_paused or backfill.completed_at is not null)
   ),
   startable as (
     select first.dag_run_id
     from room cross join lateral (
       select run.dag_run_id, run.run_after from polyflow.dag_run run
       where run.dag_id = room.dag_id and run.state = 'queued' and run.run_after <= $4::timestamptz
         and run.backfill_id is not distinct from room.backfill_id
       order by run.run_after, run.dag_run_id
       limit greatest(room.free, 0)
     ) first
     order by first.run_after, first.dag_run_id
     limit $5
   ),
   held as materialized (
     select free.dag_run_id
     from startable cross join lateral (
       select run.dag_run_id from polyflow.dag_run run ${skipsNewest ? "join polyflow.dag_newest_run newest using (dag_id)" : ""}
       where run.dag_run_id = startable.dag_run_id and run.state = 'queued' and ${TERM_LASTS}
       for no key update ${skipsNewest ? "of run, newest" : ""} skip locked
     ) free
   )
   update polyflow.dag_run run set
     state = 'running', start_date = $4::timestamptz,
     timeout_at = $4::timestamptz + version.run_timeout_ms * interval '1 millisecond'
   from held, polyflow.dag_version version
   where run.dag_run_id = held.dag_run_id and version.dag_version_id = run.dag_version_id
   returning ${ACTIVE_RUN_COLUMNS}`;
}

const START_QUEUED_RUNS = statement("start_queued_runs", startText(false));
const START_QUEUED_RUNS_SKIPPING = statement("start_queued_runs_skipping", startText(true));

/** Parameters: term (3), now. */
const QUEUED_RUNS_ARE_DUE = statement(
  "queued_runs_are_due",
  isDueText(`
    select from polyflow.dag_run run join polyflow.dag using (dag_id)
    where run.state = 'queued' and run.run_after <= $4 and not dag.is_paused`),
);

const RUNNING_UNPAUSED = `run.state = 'running' and not exists (
  select from polyflow.dag where dag.dag_id = run.dag_id and dag.is_paused
)`;

/** Parameters: run keys. Result: those that are running and whose DAG is not paused. */
const GET_ACTIVE_RUNS = statement(
  "get_active_runs",
  `select ${ACTIVE_RUN_COLUMNS} from polyflow.dag_run run where run.dag_run_id = any($1::uuid[]) and ${RUNNING_UNPAUSED}`,
);

/** Parameters: key after which to begin or null, limit. Result: running runs of DAGs that are not paused, by key. */
const LIST_ACTIVE_RUNS = statement(
  "list_active_runs",
  `select ${ACTIVE_RUN_COLUMNS} from polyflow.dag_run run
   where run.dag_run_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') and ${RUNNING_UNPAUSED}
   order by run.dag_run_id
   limit $2`,
);

/** Parameters: keys of runs of which all tasks are wanted; run keys and task ids of those of which some are. Result: facts. Locks: none. */
const LOAD_TASK_FACTS = statement(
  "load_task_facts",
  `select ti.dag_run_id as "runKey", ${TASK_FACTS_COLUMNS} from polyflow.task_instance ti where ti.dag_run_id = any($1::uuid[])
   union all
   select ti.dag_run_id, ${TASK_FACTS_COLUMNS}
   from unnest($2::uuid[], $3::text[]) wanted (dag_run_id, task_id) join polyflow.task_instance ti using (dag_run_id, task_id)`,
);

/** Parameters: run keys. Result: those that have task instances which are not finished. */
const UNFINISHED = statement(
  "runs_with_unfinished_tasks",
  `select wanted.dag_run_id as "runKey" from unnest($1::uuid[]) wanted (dag_run_id)
   where exists (
     select from polyflow.task_instance ti
     where ti.dag_run_id = wanted.dag_run_id and ti.state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
   )`,
);

/**
 * Parameters: term (3), now. Result: task instances that were ended with their runs, and the runs themselves (with a null task instance).
 * Attempts that are running are superseded. Must run alone: an outbox row that comes into being meanwhile would stay behind.
 * Locks held: leader_lease; then dag_run, task_instance, outbox.
 */
const TIME_OUT_RUNS = statement(
  "time_out_runs",
  `with due as materialized (
     select dag_run_id from polyflow.dag_run
     where state = 'running' and timeout_at <= $4::timestamptz and ${TERM_LASTS}
     order by dag_run_id
     for update
   ),
   timed_out as (
     update polyflow.dag_run run set state = 'failed', end_date = $4::timestamptz from due where run.dag_run_id = due.dag_run_id
     returning run.*
   ),
   ended as (
     update polyflow.task_instance ti
     set state = 'skipped', end_date = $4::timestamptz, next_retry_at = null, reason = 'the time of the run was up'
     from due
     where ti.dag_run_id = due.dag_run_id and ti.state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
     returning ti.*
   ),
   unqueued as (delete from polyflow.outbox using ended where outbox.attempt_id = ended.attempt_id)
   select ${TASK_EVENT_COLUMNS} from ended ti join timed_out run using (dag_run_id)
   union all
   select null, run.dag_run_id, run.dag_id, run.run_id, null, null, null, run.state from timed_out run`,
);

/** Parameters: term (3), now. */
const TIMEOUTS_ARE_DUE = statement(
  "timeouts_are_due",
  isDueText(`select from polyflow.dag_run where state = 'running' and timeout_at <= $4`),
);

type TimedOutRow =
  | TaskEventRow
  | { readonly taskInstanceId: null; readonly runKey: DagRunKey; readonly dagId: string; readonly runId: string };

export function activeRunMethods(
  context: StoreContext,
): Pick<
  SchedulerStore,
  | "startQueuedRuns"
  | "getActiveRuns"
  | "listActiveRuns"
  | "getSpecs"
  | "loadTaskFacts"
  | "loadTaskFactsOfRuns"
  | "loadMapLengths"
  | "runsWithUnfinishedTasks"
  | "timeOutRuns"
> {
  const { database, feed } = context;
  return {
    async startQueuedRuns(term, limit) {
      const now = nowOf(context);
      const start = (text: Statement) =>
        writeInTermIfDue<ActiveRunRow>(context, term, {
          question: QUEUED_RUNS_ARE_DUE,
          questionValues: [now],
          statement: text,
          values: [now, limit],
          alone: true,
          lazily: true,
          briefly: true,
        });
      const started = await unlessLocked(
        () => start(START_QUEUED_RUNS),
        () => start(START_QUEUED_RUNS_SKIPPING),
      );
      feed.emit(started.map(runEvent));
      return started;
    },
    getActiveRuns: (runKeys) => database.query<ActiveRunRow>(GET_ACTIVE_RUNS, [runKeys]),
    listActiveRuns: (after, limit) => database.query<ActiveRunRow>(LIST_ACTIVE_RUNS, [after ?? null, limit]),
    getSpecs: (versionIds) => context.specs.load(versionIds),
    async loadTaskFacts(runKey, taskIds) {
      return (await loadTaskFactsOfRuns(context, [{ runKey, taskIds }])).get(runKey) ?? [];
    },
    loadMapLengths: (requests) => loadMapLengths(context, requests),
    loadTaskFactsOfRuns: (requests) => loadTaskFactsOfRuns(context, requests),
    async runsWithUnfinishedTasks(runKeys) {
      const rows = await database.query<{ runKey: DagRunKey }>(UNFINISHED, [runKeys]);
      return new Set(rows.map((row) => row.runKey));
    },
    timeOutRuns: (term, now) => timeOutRuns(context, term, now),
  };
}

async function loadTaskFactsOfRuns(
  context: StoreContext,
  requests: readonly TaskFactsRequest[],
): Promise<ReadonlyMap<DagRunKey, readonly TaskFacts[]>> {
  const whole: DagRunKey[] = [];
  const keys: DagRunKey[] = [];
  const taskIds: string[] = [];
  const mapped: MappedRequest[] = [];
  for (const request of requests) {
    if (request.mapped !== undefined) {
      mapped.push({ runKey: request.runKey, mapped: request.mapped });
      continue;
    }
    if (request.taskIds === undefined) whole.push(request.runKey);
    for (const taskId of request.taskIds ?? []) {
      keys.push(request.runKey);
      taskIds.push(taskId);
    }
  }
  const isPlain = whole.length > 0 || keys.length > 0;
  const [rows, mappedRows] = await Promise.all([
    isPlain ? context.database.query<TaskFactsRow & { readonly runKey: DagRunKey }>(LOAD_TASK_FACTS, [whole, keys, taskIds]) : [],
    loadMappedFacts(context, mapped),
  ]);
  const facts = new Map<DagRunKey, TaskFacts[]>();
  for (const { runKey, ...row } of [...rows, ...mappedRows]) {
    const known = facts.get(runKey);
    if (known === undefined) facts.set(runKey, [row]);
    else known.push(row);
  }
  return facts;
}

async function timeOutRuns(context: StoreContext, term: LeaderTerm, now: Date): Promise<readonly DagRunKey[]> {
  const rows = await writeInTermIfDue<TimedOutRow>(context, term, {
    question: TIMEOUTS_ARE_DUE,
    questionValues: [now],
    statement: TIME_OUT_RUNS,
    values: [now],
    alone: true,
  });
  const runs = rows.filter((row) => row.taskInstanceId === null);
  context.feed.emit([
    ...rows.flatMap((row) => (row.taskInstanceId === null ? [] : [taskEvent(row)])),
    ...runs.map((run) => runEvent({ dagId: run.dagId, runId: run.runId, runKey: run.runKey, state: "failed" })),
  ]);
  return runs.map((run) => run.runKey);
}
