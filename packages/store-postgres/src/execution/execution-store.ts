import type { AssetEvent, AttemptId, DagVersionId, LoadReport } from "@polyflow/contracts";
import type { AuthorsTry, ExecutionStore, RunningAttempt } from "@polyflow/store";
import { NEWEST_EVENTS } from "../assets/asset-event-row.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { attemptClaims } from "./claim-attempt.ts";
import { getAttemptDetails } from "./attempt-details.ts";
import { findRuns } from "./find-runs.ts";
import { attemptEnds } from "./finish-attempt.ts";
import { watchedWaitMethods } from "./watched-waits.ts";
import { closeWorkerSession, heartbeat, registerWorker } from "./worker-sessions.ts";

/** Parameters: attempt. Result: the attempt, or no row when it is not running. */
const GET_RUNNING_ATTEMPT = statement(
  "get_running_attempt",
  `select ti.attempt_id as "attemptId", ti.task_instance_id as "taskInstanceId", ti.dag_run_id as "runKey", run.dag_id as "dagId",
          run.run_id as "runId", ti.task_id as "taskId", ti.map_index as "mapIndex", ti.try_number as "tryNumber",
          ti.max_tries as "maxTries", run.run_type as "runType", run.logical_date as "logicalDate",
          run.data_interval_start as "dataIntervalStart", run.data_interval_end as "dataIntervalEnd", run.run_after as "runAfter",
          run.dag_version_id as "versionId", coalesce(ti.waited_since, ti.start_date) as "tryStartedAt"
   from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id)
   where ti.attempt_id = $1 and ti.state = 'running'`,
);

/** Parameters: attempt. Result: its try as the author sees it, while it runs. Each loss gives one more try, so that the difference stays. */
const AUTHORS_TRY = statement(
  "authors_try",
  `select ti.task_instance_id as "taskInstanceId", run.clear_number as "clearNumber", ti.max_tries - ti.try_number as "retriesLeft",
          run.run_after as "runAfter"
   from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id)
   where ti.attempt_id = $1 and ti.state = 'running'`,
);

/** Parameters: attempt. Result: one row when it runs (of a task or a callback), or when the task instance that it deferred is watched. */
const IS_CURRENT_ATTEMPT = statement(
  "is_current_attempt",
  `select from polyflow.task_instance ti
   where ti.attempt_id = $1 and (
     ti.state = 'running'
     or (ti.state = 'deferred' and exists (
       select from polyflow.task_wait wait where wait.task_instance_id = ti.task_instance_id and wait.is_watched
     ))
   )
   union all
   select from polyflow.callback where attempt_id = $1 and state = 'running'`,
);

/** Parameters: attempt. Result: its place, current or not. */
const LOCATE_ATTEMPT = statement(
  "locate_attempt",
  `select run.dag_id as "dagId", run.run_id as "runId", ti.task_id as "taskId", ti.map_index as "mapIndex",
          attempt.try_number as "tryNumber"
   from (
     select task_instance_id, try_number from polyflow.task_instance where attempt_id = $1
     union all
     select task_instance_id, try_number from polyflow.task_try where attempt_id = $1
   ) attempt
   join polyflow.task_instance ti using (task_instance_id)
   join polyflow.dag_run run using (dag_run_id)`,
);

/** Parameters: attempt, load id, report, now. Result: where it belongs, or no row when the attempt is not running. */
const SAVE_LOAD_REPORT = statement(
  "save_load_report",
  `with saved as (
     insert into polyflow.load_report (task_instance_id, attempt_id, try_number, load_id, report, at)
     select task_instance_id, attempt_id, try_number, $2, $3::json, $4::timestamptz
     from polyflow.task_instance where attempt_id = $1 and state = 'running'
     on conflict (task_instance_id, attempt_id, load_id) do update set report = excluded.report, at = excluded.at
     returning task_instance_id
   )
   select run.dag_id as "dagId", run.run_id as "runId", ti.task_id as "taskId"
   from saved join polyflow.task_instance ti using (task_instance_id) join polyflow.dag_run run using (dag_run_id)`,
);

/** Parameters: attempt, fields, now. Result: one row, or none when the attempt is not running. */
const SAVE_RENDERED_FIELDS = statement(
  "save_rendered_fields",
  `insert into polyflow.rendered_fields (task_instance_id, fields, at)
   select task_instance_id, $2::json, $3::timestamptz from polyflow.task_instance where attempt_id = $1 and state = 'running'
   on conflict (task_instance_id) do update set fields = excluded.fields, at = excluded.at
   returning task_instance_id`,
);

export function createExecutionStore(context: StoreContext): ExecutionStore {
  const { database } = context;
  return {
    registerWorker: (worker) => registerWorker(context, worker),
    heartbeat: (sessionId, counter, attemptIds) => heartbeat(context, sessionId, { counter, attemptIds }),
    closeWorker: (sessionId) => closeWorkerSession(context, sessionId, { hasLeft: true }),
    claimAttempt: attemptClaims(context),
    finishAttempt: attemptEnds(context),
    ...watchedWaitMethods(context),
    getAttemptDetails: (attemptId) => getAttemptDetails(context, attemptId),
    findRuns: (query) => findRuns(context, query),
    isCurrentAttempt: async (attemptId) => (await database.query(IS_CURRENT_ATTEMPT, [attemptId])).length > 0,
    getAuthorsTry: (attemptId) => database.queryOne<AuthorsTry>(AUTHORS_TRY, [attemptId]),
    getRunningAttempt: (attemptId) => getRunningAttempt(context, attemptId),
    locateAttempt: (attemptId) => database.queryOne<AttemptPlace>(LOCATE_ATTEMPT, [attemptId]),
    newestAssetEvents: (name, limit) => database.query<AssetEvent>(NEWEST_EVENTS, [name, limit]),
    saveLoadReport: (attemptId, report) => saveLoadReport(context, attemptId, report),
    async saveRenderedFields(attemptId, fields) {
      return (await database.query(SAVE_RENDERED_FIELDS, [attemptId, JSON.stringify(fields), nowOf(context)])).length > 0;
    },
  };
}

type AttemptPlace = {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
};

async function getRunningAttempt(context: StoreContext, attemptId: AttemptId): Promise<RunningAttempt | undefined> {
  const row = await context.database.queryOne<Omit<RunningAttempt, "spec"> & { versionId: DagVersionId }>(GET_RUNNING_ATTEMPT, [attemptId]);
  if (row === undefined) return undefined;
  const { versionId, ...columns } = row;
  return { ...columns, spec: await context.specs.require(versionId) };
}

async function saveLoadReport(context: StoreContext, attemptId: AttemptId, report: LoadReport): Promise<boolean> {
  const place = await context.database.queryOne<{ dagId: string; runId: string; taskId: string }>(SAVE_LOAD_REPORT, [
    attemptId,
    report.loadId,
    JSON.stringify(report),
    nowOf(context),
  ]);
  if (place === undefined) return false;
  context.feed.emit([{ kind: "load_report", ...place }]);
  return true;
}
