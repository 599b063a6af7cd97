import type { AttemptId } from "@polyflow/contracts";
import type { LeaderTerm, LostAttempt, SchedulerStore, WorkerSessionRecord } from "@polyflow/store";
import { closeWorkerSession } from "../execution/worker-sessions.ts";
import { archiveAttempts } from "../runs/attempt-history.ts";
import { TASK_EVENT_COLUMNS, type TaskEventRow, taskEvent } from "../runs/run-row.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { isDueText, TERM_LASTS, writeInTerm, writeInTermIfDue } from "./lease.ts";
import { WAKING_TASKS } from "./waking-tasks.ts";
import { QUEUED_ATTEMPT_COLUMNS, type QueuedAttemptRow } from "./queued-attempt-row.ts";

/** Parameters: time before which a publication counts as lost, limit. Result: queued attempts that nobody has claimed. Locks: none. */
const LIST_UNCLAIMED = statement(
  "list_unclaimed_attempts",
  `select ${QUEUED_ATTEMPT_COLUMNS}
   from polyflow.outbox
   join polyflow.task_instance ti on ti.attempt_id = outbox.attempt_id and ti.state = 'queued'
   join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id
   join polyflow.dag_version version on version.dag_version_id = run.dag_version_id
   where outbox.published_at is null or outbox.published_at <= $1
   order by ti.priority_weight desc, ti.run_after, ti.map_index, ti.task_instance_id
   limit $2`,
);

/** Parameters: session. Result: what runs for it while it is open. Locks: none. */
const LIST_CLAIMED = statement(
  "list_claimed_attempts",
  `select ${QUEUED_ATTEMPT_COLUMNS}, true as "isClaimed"
   from polyflow.worker_session session
   join polyflow.task_instance ti on ti.worker_session_id = session.worker_session_id and ti.state = 'running'
   join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id
   join polyflow.dag_version version on version.dag_version_id = run.dag_version_id
   where session.worker_session_id = $1 and session.closed_at is null
   order by ti.start_date, ti.task_instance_id`,
);

/**
 * Parameters: attempts, now. A mark that is lost means one more publication, so the commit does not wait for the disk.
 * What is being claimed at this moment is passed over: several claims are one transaction, and neither must wait for the other in a circle.
 * Locks: outbox.
 */
const MARK_PUBLISHED = statement(
  "mark_published",
  `with lazily as (select set_config('synchronous_commit', 'off', true)),
   present as materialized (
     select attempt_id from polyflow.outbox, lazily where attempt_id = any($1::uuid[]) for update of outbox skip locked
   )
   update polyflow.outbox set published_at = $2 from present where outbox.attempt_id = present.attempt_id`,
);

/** Result: open sessions. */
const LIST_WORKER_SESSIONS = statement(
  "list_worker_sessions",
  `select worker_session_id as "sessionId", name, hostname, counter from polyflow.worker_session where closed_at is null
   order by registered_at`,
);

/** Parameters: limit. Result: running attempts whose session is closed. Locks: none. */
const LIST_LOST_ATTEMPTS = statement(
  "list_lost_attempts",
  `select ti.attempt_id as "attemptId", ti.task_instance_id as "taskInstanceId", ti.dag_run_id as "runKey", run.dag_id as "dagId",
          run.run_id as "runId", ti.task_id as "taskId", ti.try_number as "tryNumber", ti.losses,
          coalesce(session.has_left, false) as "workerHasLeft"
   from polyflow.task_instance ti
   join polyflow.dag_run run using (dag_run_id)
   left join polyflow.worker_session session using (worker_session_id)
   where ti.state = 'running' and (session.worker_session_id is null or session.closed_at is not null)
   order by ti.start_date, ti.task_instance_id
   limit $1`,
);

/**
 * Parameters: term (3), attempt, new state, reason, now, by how much losses grow. A new attempt gets one more try, so that the author's retries are not touched; it
 * waits undecided while its DAG is paused. Result: the task instance, or no row when the attempt is not running any more.
 * Locks held: leader_lease; then task_instance.
 */
const RESOLVE_LOST_ATTEMPT = statement(
  "resolve_lost_attempt",
  `with former as materialized (
     select ti.*, case when $5 = 'scheduled' and dag.is_paused then 'none' else $5 end as to_state
     from polyflow.task_instance ti
     join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id
     join polyflow.dag on dag.dag_id = run.dag_id
     where ti.attempt_id = $4 and ti.state = 'running' and ${TERM_LASTS}
     for update of ti
   ),
   archived as (${archiveAttempts("(select * from former where to_state <> 'failed')", { now: "$7", reason: "$6" })}),
   resolved as (
     update polyflow.task_instance ti set
       state = former.to_state, losses = ti.losses + $8::integer, reason = $6, waited_since = null,
       max_tries = ti.max_tries + case when former.to_state = 'failed' then 0 else 1 end,
       attempt_id = case when former.to_state = 'failed' then ti.attempt_id end,
       worker_session_id = case when former.to_state = 'failed' then ti.worker_session_id end,
       start_date = case when former.to_state = 'failed' then ti.start_date end,
       end_date = case when former.to_state = 'failed' then $7::timestamptz end,
       hostname = case when former.to_state = 'failed' then ti.hostname end,
       queued_at = case when former.to_state = 'failed' then ti.queued_at end,
       scheduled_at = case former.to_state when 'failed' then ti.scheduled_at when 'scheduled' then $7::timestamptz end
     from former where ti.task_instance_id = former.task_instance_id
     returning ti.*
   )
   select ${TASK_EVENT_COLUMNS} from resolved ti join polyflow.dag_run run using (dag_run_id)`,
);

/**
 * Parameters: term (3), now, limit. Result: task instances whose retry or look is due or whose wait is over, scheduled again; those of
 * paused DAGs wait.
 * Locks held: leader_lease; then task_instance, ids ascending; those that are being changed are left for the next time.
 */
const WAKE_DUE_RETRIES = statement(
  "wake_due_retries",
  `with due as materialized (
     select ti.task_instance_id
     from ${WAKING_TASKS}
     where ti.next_retry_at <= $4 and run.state = 'running' and not dag.is_paused and ${TERM_LASTS}
     order by ti.next_retry_at
     limit $5
     for update of ti skip locked
   ),
   woken as (
     update polyflow.task_instance ti
     set state = 'scheduled', scheduled_at = $4::timestamptz, start_date = null, end_date = null, next_retry_at = null, reason = null,
         attempt_id = null
     from due where ti.task_instance_id = due.task_instance_id
     returning ti.*
   ),
   unwatched as (
     update polyflow.task_wait wait set is_watched = false, worker_session_id = null
     from woken where wait.task_instance_id = woken.task_instance_id and wait.is_watched
   )
   select ${TASK_EVENT_COLUMNS} from woken ti join polyflow.dag_run run using (dag_run_id)`,
);

/** Parameters: term (3), now. */
const RETRIES_ARE_DUE = statement(
  "retries_are_due",
  isDueText(`
    select from ${WAKING_TASKS}
    where ti.next_retry_at <= $4 and run.state = 'running' and not dag.is_paused`),
);

type LostRow = { readonly [Column in keyof LostAttempt]: LostAttempt[Column] };
type SessionRow = { readonly [Column in keyof WorkerSessionRecord]: WorkerSessionRecord[Column] };

export function attemptMethods(
  context: StoreContext,
): Pick<
  SchedulerStore,
  | "wakeDueRetries"
  | "listUnclaimedAttempts"
  | "listClaimedAttempts"
  | "markPublished"
  | "listWorkerSessions"
  | "closeWorkerSession"
  | "listLostAttempts"
  | "resolveLostAttempt"
> {
  const { database, feed } = context;
  return {
    async wakeDueRetries(term, now, limit) {
      const woken = await writeInTermIfDue<TaskEventRow>(context, term, {
        question: RETRIES_ARE_DUE,
        questionValues: [now],
        statement: WAKE_DUE_RETRIES,
        values: [now, limit],
        lazily: true,
      });
      feed.emit(woken.map(taskEvent));
      return woken.length;
    },
    listUnclaimedAttempts(republishAfterMs, limit) {
      const publishedBefore = new Date(nowOf(context).getTime() - republishAfterMs);
      return database.query<QueuedAttemptRow>(LIST_UNCLAIMED, [publishedBefore, limit]);
    },
    listClaimedAttempts: (sessionId) => database.query<QueuedAttemptRow>(LIST_CLAIMED, [sessionId]),
    async markPublished(attemptIds: readonly AttemptId[]) {
      if (attemptIds.length > 0) await database.query(MARK_PUBLISHED, [attemptIds, nowOf(context)]);
    },
    listWorkerSessions: () => database.query<SessionRow>(LIST_WORKER_SESSIONS),
    closeWorkerSession: (sessionId) => closeWorkerSession(context, sessionId, { hasLeft: false }),
    listLostAttempts: (limit) => database.query<LostRow>(LIST_LOST_ATTEMPTS, [limit]),
    resolveLostAttempt: (term, lost, to, reason) => resolveLostAttempt(context, term, { lost, to, reason }),
  };
}

async function resolveLostAttempt(
  context: StoreContext,
  term: LeaderTerm,
  resolution: { readonly lost: LostAttempt; readonly to: "scheduled" | "failed"; readonly reason: string },
): Promise<boolean> {
  const values = [resolution.lost.attemptId, resolution.to, resolution.reason, nowOf(context), resolution.lost.workerHasLeft ? 0 : 1];
  const resolved = await writeInTerm<TaskEventRow>(context, term, { statement: RESOLVE_LOST_ATTEMPT, values });
  context.feed.emit(resolved.map(taskEvent));
  return resolved.length > 0;
}
