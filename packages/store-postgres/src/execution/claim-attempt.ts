import type { AttemptId, WorkerSessionId } from "@polyflow/contracts";
import type { ClaimedAttempt } from "@polyflow/store";
import { taskEvent } from "../runs/run-row.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { CLAIMED_ATTEMPT_COLUMNS, claimedAttempt, type ClaimedAttemptRow } from "./claimed-attempt.ts";

/**
 * Parameters: attempt, session, now, whether an attempt that this session has claimed already counts. Result: the attempt with all that its start needs, or no row when it is not queued any more, was
 * superseded, or the session is closed. Locks: task_instance, outbox. A session that closes at the same moment leaves a running attempt
 * of a closed session, which the sweep for lost attempts finds.
 */
const CLAIM_ATTEMPT = statement(
  "claim_attempt",
  `with claimed as (
     update polyflow.task_instance ti
     set state = 'running', start_date = $3::timestamptz, worker_session_id = session.worker_session_id, hostname = session.hostname
     from polyflow.worker_session session
     where ti.attempt_id = $1 and session.worker_session_id = $2 and session.closed_at is null
       and (ti.state = 'queued' or ($4 and ti.state = 'running' and ti.worker_session_id = $2))
     returning ti.*
   ),
   unqueued as (delete from polyflow.outbox where attempt_id = (select attempt_id from claimed))
   select ${CLAIMED_ATTEMPT_COLUMNS}
   from claimed ti
   join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id
   join polyflow.dag_version version on version.dag_version_id = run.dag_version_id
   left join polyflow.task_wait wait on wait.task_instance_id = ti.task_instance_id`,
);

/** See ExecutionStore.claimAttempt. */
export async function claimAttempt(
  context: StoreContext,
  attemptId: AttemptId,
  sessionId: WorkerSessionId,
  { again = false }: { readonly again?: boolean } = {},
): Promise<ClaimedAttempt | undefined> {
  const row = await context.database.queryOne<ClaimedAttemptRow>(CLAIM_ATTEMPT, [attemptId, sessionId, nowOf(context), again]);
  if (row === undefined) return undefined;
  context.feed.emit([taskEvent({ ...row, state: "running" })]);
  return claimedAttempt(context, row);
}
