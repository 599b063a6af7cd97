import { type AttemptId, callbackSpecOf, type CallbackTarget, type DagVersionId, UNMAPPED } from "@polyflow/contracts";
import type { CallbackAttemptEnd, CallbackFilter, CallbackPlace, CallbackRecord, CallbackStore, Page } from "@polyflow/store";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { claimCallbacks } from "./claim-callbacks.ts";

/** Parameters: attempt. Result: the callback while the attempt runs. */
const GET_RUNNING = statement(
  "get_running_callback",
  `select called.failures, called.losses, called.kind, called.function, called.deadline, ti.task_id as "taskId",
          called.dag_version_id as "versionId"
   from polyflow.callback called left join polyflow.task_instance ti using (task_instance_id)
   where called.attempt_id = $1 and called.state = 'running'`,
);

/**
 * Parameters: attempt, state, now, reason, when it is due again, whether infrastructure lost it. Result: one row, or none when the attempt is
 * not current any more. Locks: callback.
 */
const FINISH = statement(
  "finish_callback",
  `update polyflow.callback set
     state = $2, reason = $4, worker_session_id = null,
     end_date = case when $2 <> 'scheduled' then $3::timestamptz end,
     due_at = coalesce($5::timestamptz, due_at),
     losses = losses + case when $6::boolean then 1 else 0 end,
     failures = failures + case when $2 <> 'success' and not $6::boolean then 1 else 0 end
   where attempt_id = $1 and state = 'running'
   returning callback_id`,
);

/** Parameters: attempt. Result: where its log stands. */
const LOCATE = statement(
  "locate_callback",
  `select run.dag_id as "dagId", run.run_id as "runId", called.callback_id as "callbackId", called.attempts as attempt
   from polyflow.callback called join polyflow.dag_run run using (dag_run_id) where called.attempt_id = $1`,
);

const COLUMNS = `
  called.callback_id as "callbackId", run.dag_id as "dagId", run.run_id as "runId", ti.task_id as "taskId",
  coalesce(ti.map_index, ${UNMAPPED}) as "mapIndex", called.kind, called.function, called.deadline, called.try_number as "tryNumber",
  called.cause_state as "causeState", called.error, called.caused_at as "causedAt", called.state, called.attempts,
  called.due_at as "dueAt", called.hostname, called.start_date as "startDate", called.end_date as "endDate", called.reason,
  called.dag_version_id as "versionId"`;
const TABLES = `polyflow.callback called
   join polyflow.dag_run run using (dag_run_id) left join polyflow.task_instance ti on ti.task_instance_id = called.task_instance_id`;

/** Parameters: DAG, run, task, map index, states, readable DAGs (each may be null), limit, offset. Result: newest first, with the number of all. */
const LIST = statement(
  "list_callbacks",
  `select ${COLUMNS}, count(*) over ()::integer as total
   from ${TABLES}
   where ($1::text is null or run.dag_id = $1) and ($2::text is null or run.run_id = $2) and ($3::text is null or ti.task_id = $3)
     and ($4::integer is null or ti.map_index = $4) and ($5::text[] is null or called.state = any($5))
     and ($6::text[] is null or run.dag_id = any($6))
   order by called.caused_at desc, called.callback_id
   limit $7 offset $8`,
);

/** Parameters: DAG, run, callback. */
const GET = statement(
  "get_callback",
  `select ${COLUMNS} from ${TABLES} where called.callback_id = $3 and run.dag_id = $1 and run.run_id = $2`,
);

/** Parameters: callback, now. Result: one row when it had failed. Locks: callback. */
const RETRY = statement(
  "retry_callback",
  `update polyflow.callback set state = 'scheduled', due_at = $2::timestamptz, end_date = null, failures = 0, losses = 0
   where callback_id = $1 and state = 'failed' returning callback_id`,
);

type Row = Omit<CallbackRecord, "name"> & { readonly versionId: DagVersionId; readonly function: number };

export function createCallbackStore(context: StoreContext): CallbackStore {
  const { database, specs } = context;
  const specOf = async (versionId: DagVersionId, target: CallbackTarget) => callbackSpecOf(await specs.require(versionId), target);
  const recordOf = async ({ versionId, function: index, ...row }: Row): Promise<CallbackRecord> => ({
    ...row,
    name: (await specOf(versionId, { ...row, function: index }))?.name ?? "",
  });
  return {
    claim: (sessionId, claim) => claimCallbacks(context, sessionId, claim),
    async getRunning(attemptId: AttemptId) {
      type RunningRow = CallbackTarget & { readonly failures: number; readonly losses: number; readonly versionId: DagVersionId };
      const row = await database.queryOne<RunningRow>(GET_RUNNING, [attemptId]);
      return row === undefined ? undefined : { failures: row.failures, losses: row.losses, spec: await specOf(row.versionId, row) };
    },
    async finish(attemptId: AttemptId, end: CallbackAttemptEnd) {
      const again = end.to === "scheduled" ? end : undefined;
      const reason = end.reason?.replaceAll("\0", "\uFFFD") ?? null;
      const values = [attemptId, end.to, nowOf(context), reason, again?.dueAt ?? null, again?.isLoss ?? false];
      return (await database.query(FINISH, values)).length > 0;
    },
    locate: (attemptId) => database.queryOne<{ readonly [Column in keyof CallbackPlace]: CallbackPlace[Column] }>(LOCATE, [attemptId]),
    async list(filter: CallbackFilter): Promise<Page<CallbackRecord>> {
      const { dagId = null, runId = null, taskId = null, mapIndex = null, states = null, readableDagIds = null, limit, offset } = filter;
      const values = [dagId, runId, taskId, mapIndex, states, readableDagIds, limit, offset];
      const rows = await database.query<Row & { readonly total: number }>(LIST, values);
      return { rows: await Promise.all(rows.map(({ total: _total, ...row }) => recordOf(row))), total: rows[0]?.total ?? 0 };
    },
    async get({ dagId, runId, callbackId }) {
      const row = await database.queryOne<Row>(GET, [dagId, runId, callbackId]);
      return row === undefined ? undefined : recordOf(row);
    },
    async retry(callbackId) {
      return (await database.query(RETRY, [callbackId, nowOf(context)])).length > 0;
    },
  };
}
