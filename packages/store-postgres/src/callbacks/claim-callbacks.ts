import { callbackSpecOf, type DagVersionId, UNMAPPED, type WorkerSessionId } from "@polyflow/contracts";
import type { ClaimedCallback } from "@polyflow/store";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";

/** Parameters: session. Result: one row while it is open. */
const IS_OPEN = statement("is_session_open", `select from polyflow.worker_session where worker_session_id = $1 and closed_at is null`);

/**
 * Parameters: session, attempts that the worker has, limit, now, losses that are made good. Callbacks that are due, whose worker is gone, or
 * whose claim was answered to a worker that never heard it. Each gets a new attempt, which fences whatever an old one still reports; what was
 * lost too often fails. Result: those to run. Locks: callback.
 */
const CLAIM_CALLBACKS = statement(
  "claim_callbacks",
  `with free as materialized (
     select callback.callback_id,
            case when callback.state = 'running' and callback.worker_session_id <> $1 and not coalesce(session.has_left, false)
                 then 1 else 0 end as loss
     from polyflow.callback left join polyflow.worker_session session using (worker_session_id)
     where callback.state in ('scheduled', 'running')
       and exists (select from polyflow.worker_session own where own.worker_session_id = $1 and own.closed_at is null)
       and case
             when callback.state = 'scheduled' then callback.due_at <= $4::timestamptz
             when callback.worker_session_id = $1 then callback.attempt_id <> all($2::uuid[])
             else session.worker_session_id is null or session.closed_at is not null
           end
     order by callback.due_at
     limit $3
     for update of callback skip locked
   ),
   judged as (select free.*, callback.losses + free.loss > $5 as is_over from free join polyflow.callback using (callback_id)),
   taken as (
     update polyflow.callback called set
       state = case when judged.is_over then 'failed' else 'running' end,
       losses = called.losses + judged.loss,
       attempts = called.attempts + case when judged.is_over then 0 else 1 end,
       attempt_id = case when judged.is_over then called.attempt_id else gen_random_uuid() end,
       worker_session_id = case when judged.is_over then null else $1::uuid end,
       hostname = case when judged.is_over then called.hostname else own.hostname end,
       start_date = case when judged.is_over then called.start_date else $4::timestamptz end,
       end_date = case when judged.is_over then $4::timestamptz end,
       reason = case when judged.is_over
                     then 'It was lost with its worker ' || called.losses + judged.loss || ' times; no more than ' || $5::integer || ' losses are made good.'
                     else called.reason end
     from judged, polyflow.worker_session own
     where called.callback_id = judged.callback_id and own.worker_session_id = $1
     returning called.*
   )
   select called.callback_id as "callbackId", called.attempt_id as "attemptId", called.kind, called.function, called.deadline,
          called.try_number as "tryNumber", called.cause_state as "causeState", called.error, called.caused_at as "causedAt", called.attempts,
          called.dag_version_id as "versionId",
          run.dag_id as "dagId", run.run_id as "runId", run.run_type as "runType", run.state as "runState",
          run.logical_date as "logicalDate", run.data_interval_start as "dataIntervalStart", run.data_interval_end as "dataIntervalEnd",
          run.run_after as "runAfter", run.conf,
          version.bundle_hash as "bundleHash", version.bundle_name as "bundleName", version.isolation,
          ti.task_id as "taskId", coalesce(ti.map_index, ${UNMAPPED}) as "mapIndex", coalesce(ti.max_tries, 0) as "maxTries",
          case when ti.task_id is null then run.start_date else ti.start_date end as "startDate",
          case when ti.task_id is null then run.end_date else ti.end_date end as "endDate",
          deadline.due_at as "deadlineDueAt",
          case when ti.task_id is not null then array[]::text[] else array(
            select distinct failed.task_id from polyflow.task_instance failed
            where failed.dag_run_id = run.dag_run_id and failed.state = 'failed' order by 1 limit 100
          ) end as "failedTasks"
   from taken called
   join polyflow.dag_run run on run.dag_run_id = called.dag_run_id
   join polyflow.dag_version version on version.dag_version_id = called.dag_version_id
   left join polyflow.task_instance ti on ti.task_instance_id = called.task_instance_id
   left join polyflow.deadline on deadline.dag_run_id = called.dag_run_id and deadline.name = called.deadline
   where called.state = 'running'`,
);

type ClaimedRow = Omit<ClaimedCallback, "spec" | "callback" | "name"> & { readonly versionId: DagVersionId };

/** See CallbackStore.claim. */
export async function claimCallbacks(
  context: StoreContext,
  sessionId: WorkerSessionId,
  claim: { readonly attemptIds: readonly string[]; readonly capacity: number; readonly maxLosses: number },
): Promise<readonly ClaimedCallback[] | undefined> {
  const { database, specs } = context;
  const values = [sessionId, claim.attemptIds, claim.capacity, nowOf(context), claim.maxLosses];
  const rows = await database.query<ClaimedRow>(CLAIM_CALLBACKS, values);
  if (rows.length === 0) return (await database.query(IS_OPEN, [sessionId])).length === 0 ? undefined : [];
  return Promise.all(
    rows.map(async ({ versionId, ...row }) => {
      const spec = await specs.require(versionId);
      const callback = callbackSpecOf(spec, row);
      return { ...row, spec, callback, name: callback?.name ?? "" };
    }),
  );
}
