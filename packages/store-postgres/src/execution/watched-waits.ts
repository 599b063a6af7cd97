import type { WorkerSessionId } from "@polyflow/contracts";
import type { WaitEvent, WaitTrigger } from "@polyflow/contracts/wire";
import type { ExecutionStore, WatchedWait } from "@polyflow/store";
import { TASK_EVENT_COLUMNS, type TaskEventRow, taskEvent } from "../runs/run-row.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { claimedAttempt } from "./claimed-attempt.ts";
import { CLAIMED_ATTEMPT_COLUMNS, type ClaimedAttemptRow } from "./claimed-attempt-row.ts";

/**
 * Parameters: session, waits that it watches, limit. Result: waits that it watches from now on: those that nobody watches or whose watcher
 * is gone, and those that it was given in an answer which it never heard. Locks: task_wait.
 */
const CLAIM_WAITS = statement(
  "claim_waits",
  `with free as materialized (
     select wait.task_instance_id
     from polyflow.task_wait wait join polyflow.task_instance ti using (task_instance_id)
     where wait.is_watched and ti.state = 'deferred'
       and exists (select from polyflow.worker_session session where session.worker_session_id = $1 and session.closed_at is null)
       and case
             when wait.worker_session_id = $1 then wait.wait_id <> all($2::uuid[])
             else wait.worker_session_id is null or not exists (
               select from polyflow.worker_session session
               where session.worker_session_id = wait.worker_session_id and session.closed_at is null
             )
           end
     order by wait.began_at
     limit $3
     for update of wait skip locked
   ),
   wait as (
     update polyflow.task_wait wait set worker_session_id = $1 from free where wait.task_instance_id = free.task_instance_id
     returning wait.*
   )
   select ${CLAIMED_ATTEMPT_COLUMNS}, wait.wait_id as "waitId"
   from wait
   join polyflow.task_instance ti on ti.task_instance_id = wait.task_instance_id
   join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id
   join polyflow.dag_version version on version.dag_version_id = run.dag_version_id`,
);

/** Parameters: session, waits that it watches. Result: whether the session is open, and which of the waits are over or somebody else's. */
const LIST_GONE_WAITS = statement(
  "list_gone_waits",
  `select exists (select from polyflow.worker_session where worker_session_id = $1 and closed_at is null) as "isOpen",
          array(
            select named.wait_id from unnest($2::uuid[]) named (wait_id)
            where not exists (
              select from polyflow.task_wait wait join polyflow.task_instance ti using (task_instance_id)
              where wait.wait_id = named.wait_id and wait.worker_session_id = $1 and wait.is_watched and ti.state = 'deferred'
            )
          ) as gone`,
);

/**
 * Parameters: wait, event, now, session. Result: the task instance, or no row when nobody waits any more. While its DAG is paused, or its run has yet
 * to start again, it stays deferred and is due, so that the scheduler wakes it then. Locks: task_instance, task_wait.
 */
const FIRE_WAIT = statement(
  "fire_wait",
  `with waiting as materialized (
     select ti.task_instance_id, run.state = 'running' and not dag.is_paused as goes_on
     from polyflow.task_wait wait
     join polyflow.task_instance ti on ti.task_instance_id = wait.task_instance_id and ti.state = 'deferred'
     join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id
     join polyflow.dag on dag.dag_id = run.dag_id
     where wait.wait_id = $1 and wait.is_watched and wait.worker_session_id = $4
     for update of ti
   ),
   fired as (
     update polyflow.task_wait wait set event = $2::json, is_watched = false, worker_session_id = null
     from waiting where wait.task_instance_id = waiting.task_instance_id
   ),
   woken as (
     update polyflow.task_instance ti set
       state = case when waiting.goes_on then 'scheduled' else ti.state end,
       attempt_id = case when waiting.goes_on then null else ti.attempt_id end,
       scheduled_at = case when waiting.goes_on then $3::timestamptz else ti.scheduled_at end,
       start_date = case when waiting.goes_on then null else ti.start_date end,
       next_retry_at = case when waiting.goes_on then null else $3::timestamptz end
     from waiting where ti.task_instance_id = waiting.task_instance_id
     returning ti.*
   )
   select ${TASK_EVENT_COLUMNS} from woken ti join polyflow.dag_run run using (dag_run_id)`,
);

export function watchedWaitMethods(context: StoreContext): Pick<ExecutionStore, "claimWaits" | "fireWait"> {
  return {
    claimWaits: (sessionId, claim) => claimWaits(context, sessionId, claim),
    async fireWait(sessionId, waitId, event: WaitEvent) {
      const row = await context.database.queryOne<TaskEventRow>(FIRE_WAIT, [waitId, JSON.stringify(event), nowOf(context), sessionId]);
      if (row === undefined) return false;
      context.feed.emit([taskEvent(row)]);
      return true;
    },
  };
}

async function claimWaits(
  context: StoreContext,
  sessionId: WorkerSessionId,
  { waitIds, capacity }: { readonly waitIds: readonly string[]; readonly capacity: number },
): Promise<{ readonly watch: readonly WatchedWait[]; readonly gone: readonly string[] } | undefined> {
  const state = await context.database.queryOne<{ isOpen: boolean; gone: readonly string[] }>(LIST_GONE_WAITS, [sessionId, waitIds]);
  if (state?.isOpen !== true) return undefined;
  const rows = await context.database.query<ClaimedAttemptRow & { readonly waitId: string }>(CLAIM_WAITS, [sessionId, waitIds, capacity]);
  const watch = await Promise.all(rows.map((row) => watchedWait(context, row)));
  return { watch: watch.flatMap((wait) => (wait === undefined ? [] : [wait])), gone: state.gone };
}

async function watchedWait(
  context: StoreContext,
  { waitId, ...row }: ClaimedAttemptRow & { readonly waitId: string },
): Promise<WatchedWait | undefined> {
  const claimed = await claimedAttempt(context, row);
  const { wait } = claimed;
  if (wait === null || wait.trigger === null) return undefined;
  const trigger: WaitTrigger = wait.trigger;
  return { ...claimed, waitId, wait: { ...wait, trigger } };
}
