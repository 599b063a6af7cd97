import type { AttemptId, WorkerSessionId } from "@polyflow/contracts";
import { PolyflowError } from "@polyflow/contracts";
import type { Transaction } from "../database.ts";
import { type TaskEventRow, taskEvent } from "../runs/run-row.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { RESTART_CLEARED } from "./finish-attempt.ts";

/** Parameters: session or null, name or null, now, whether the worker leaves in order. Result: the sessions that were open. Locks: worker_session. */
const CLOSE_SESSIONS = statement(
  "close_sessions",
  `update polyflow.worker_session set closed_at = $3, has_left = $4
   where closed_at is null and (worker_session_id = $1::uuid or name = $2::text)
   returning worker_session_id as "sessionId"`,
);

/** Parameters: sessions. Result: attempts that were alive there. Locks: none. */
const ATTEMPTS_OF_SESSIONS = statement(
  "attempts_of_sessions",
  `select attempt_id as "attemptId", state from polyflow.task_instance
   where worker_session_id = any($1::uuid[]) and state in ('running', 'restarting')`,
);

/** Parameters: name, hostname, slots, now. Result: the session. */
const OPEN_SESSION = statement(
  "open_session",
  `insert into polyflow.worker_session (name, hostname, slots, registered_at, last_heartbeat_at) values ($1, $2, $3, $4, $4)
   returning worker_session_id as "sessionId"`,
);

/**
 * Parameters: session, counter, attempts that live at the worker, now. Result: no row when the session is closed; otherwise which of the
 * attempts are no longer current, and which attempts the worker does not have although the database says so: those it does not name although
 * they were claimed before its heartbeat before this one, so that it must know them if it has them. A heartbeat that was overtaken by a later
 * one says nothing about that. A lost heartbeat costs nothing, so the commit does not wait for the disk. Locks: worker_session.
 */
const HEARTBEAT = statement(
  "worker_heartbeat",
  `with lazily as (select set_config('synchronous_commit', 'off', true)),
   former as materialized (
     select session.last_heartbeat_at, session.counter from polyflow.worker_session session, lazily
     where session.worker_session_id = $1 and session.closed_at is null
   ),
   session as (
     update polyflow.worker_session set counter = greatest(counter, $2::bigint), last_heartbeat_at = $4
     where worker_session_id = $1 and closed_at is null
     returning worker_session_id
   )
   select array(
            select named.attempt_id from unnest($3::uuid[]) named (attempt_id)
            where not exists (
              select from polyflow.task_instance ti
              where ti.attempt_id = named.attempt_id
                and (ti.state = 'queued' or (ti.state = 'running' and ti.worker_session_id = $1))
            )
            and not exists (
              select from polyflow.callback called
              where called.attempt_id = named.attempt_id and called.state = 'running' and called.worker_session_id = $1
            )
          ) as cancel,
          array(
            select ti.attempt_id from polyflow.task_instance ti
            where ti.worker_session_id = $1 and ti.state in ('running', 'restarting') and ti.attempt_id <> all($3::uuid[])
              and ti.start_date < former.last_heartbeat_at and former.counter < $2
          ) as gone
   from session, former`,
);

/**
 * Parameters: session, attempts. Attempts whose claim was answered but never heard, or whose end was lost on the way: they belong to no open
 * session from now on, so the sweep for lost attempts finds them. Result: one row for each. Locks: task_instance, ids ascending.
 */
const ABANDON_ATTEMPTS = statement(
  "abandon_attempts",
  `with abandoned as materialized (
     select task_instance_id from polyflow.task_instance
     where worker_session_id = $1 and attempt_id = any($2::uuid[]) and state = 'running'
     order by task_instance_id
     for update
   )
   update polyflow.task_instance ti set worker_session_id = '00000000-0000-0000-0000-000000000000'
   from abandoned where ti.task_instance_id = abandoned.task_instance_id
   returning ti.task_instance_id`,
);

export async function registerWorker(
  context: StoreContext,
  worker: { readonly name: string; readonly hostname: string; readonly slots: number },
): Promise<WorkerSessionId> {
  const now = nowOf(context);
  const { sessionId, ended } = await context.database.transaction(async (transaction) => {
    const former = await closeSessions(transaction, { sessionId: null, name: worker.name, hasLeft: false, now });
    const opened = await transaction.queryOne<{ sessionId: WorkerSessionId }>(OPEN_SESSION, [
      worker.name,
      worker.hostname,
      worker.slots,
      now,
    ]);
    if (opened === undefined) throw new PolyflowError("internal", `Worker "${worker.name}" was not registered.`);
    return { sessionId: opened.sessionId, ended: former };
  });
  announce(context, ended);
  return sessionId;
}

export async function heartbeat(
  context: StoreContext,
  sessionId: WorkerSessionId,
  beat: { readonly counter: number; readonly attemptIds: readonly AttemptId[] },
): Promise<readonly AttemptId[] | undefined> {
  const now = nowOf(context);
  const answer = await context.database.queryOne<{ cancel: readonly AttemptId[]; gone: readonly AttemptId[] }>(HEARTBEAT, [
    sessionId,
    beat.counter,
    beat.attemptIds,
    now,
  ]);
  if (answer === undefined) return undefined;
  if (answer.gone.length > 0) await forget(context, sessionId, answer.gone);
  return answer.cancel;
}

/** What the worker does not have: cleared attempts make room for the next, others are lost. */
async function forget(context: StoreContext, sessionId: WorkerSessionId, attemptIds: readonly AttemptId[]): Promise<void> {
  const [restarted, abandoned] = await context.database.pipeline((transaction) =>
    Promise.all([
      transaction.query<TaskEventRow>(RESTART_CLEARED, [attemptIds, nowOf(context)]),
      transaction.query(ABANDON_ATTEMPTS, [sessionId, attemptIds]),
    ]),
  );
  announce(context, { restarted, hasLostAttempts: abandoned.length > 0 });
}

/** Ends a session: the worker leaves (`hasLeft`), or the scheduler has given it up. */
export async function closeWorkerSession(
  context: StoreContext,
  sessionId: WorkerSessionId,
  { hasLeft }: { readonly hasLeft: boolean },
): Promise<void> {
  const now = nowOf(context);
  const ended = await context.database.transaction((transaction) => closeSessions(transaction, { sessionId, name: null, hasLeft, now }));
  announce(context, ended);
}

interface EndedSessions {
  /** Cleared attempts that had waited for their process to end. */
  readonly restarted: readonly TaskEventRow[];
  readonly hasLostAttempts: boolean;
}

async function closeSessions(
  transaction: Transaction,
  which: {
    readonly sessionId: WorkerSessionId | null;
    readonly name: string | null;
    readonly hasLeft: boolean;
    readonly now: Date;
  },
): Promise<EndedSessions> {
  const sessions = await transaction.query<{ sessionId: string }>(CLOSE_SESSIONS, [which.sessionId, which.name, which.now, which.hasLeft]);
  if (sessions.length === 0) return { restarted: [], hasLostAttempts: false };
  const attempts = await transaction.query<{ attemptId: AttemptId; state: string }>(ATTEMPTS_OF_SESSIONS, [
    sessions.map((session) => session.sessionId),
  ]);
  const cleared = attempts.filter((attempt) => attempt.state === "restarting").map((attempt) => attempt.attemptId);
  const restarted = cleared.length === 0 ? [] : await transaction.query<TaskEventRow>(RESTART_CLEARED, [cleared, which.now]);
  return { restarted, hasLostAttempts: attempts.length > cleared.length };
}

/** Lost attempts have no event of their own: whoever resolves them looks at everything. */
function announce(context: StoreContext, ended: EndedSessions): void {
  context.feed.emit(ended.restarted.map(taskEvent));
  if (ended.hasLostAttempts) context.feed.emit([{ kind: "resync" }]);
}
