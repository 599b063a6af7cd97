import type { AttemptId, WorkerSessionId } from "@polyflow/contracts";
import type { ClaimedAttempt } from "@polyflow/store";
import { CallBatcher } from "../call-batcher.ts";
import { taskEvent } from "../runs/run-row.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { claimedAttempt } from "./claimed-attempt.ts";
import { CLAIMED_ATTEMPT_COLUMNS, type ClaimedAttemptRow } from "./claimed-attempt-row.ts";

/**
 * Parameters: attempts (each once), their sessions, now, for each whether an attempt that its session has claimed already counts. Result: the
 * attempts with all that their start needs; no row for one that is not queued any more, was superseded, or whose session is closed.
 * Locks: task_instance (ids ascending), outbox. A session that closes at the same moment leaves a running attempt of a closed session, which
 * the sweep for lost attempts finds.
 */
const CLAIM_ATTEMPTS = statement(
  "claim_attempts",
  `with found as materialized (
     select ti.task_instance_id, session.worker_session_id, session.hostname
     from unnest($1::uuid[], $2::uuid[], $4::boolean[]) wanted (attempt_id, worker_session_id, again)
     join polyflow.task_instance ti on ti.attempt_id = wanted.attempt_id
     join polyflow.worker_session session on session.worker_session_id = wanted.worker_session_id and session.closed_at is null
     where ti.state = 'queued' or (wanted.again and ti.state = 'running' and ti.worker_session_id = wanted.worker_session_id)
     order by ti.task_instance_id
     for update of ti
   ),
   claimed as (
     update polyflow.task_instance ti
     set state = 'running', start_date = $3::timestamptz, worker_session_id = found.worker_session_id, hostname = found.hostname
     from found where ti.task_instance_id = found.task_instance_id
     returning ti.*
   ),
   unqueued as (delete from polyflow.outbox using claimed where outbox.attempt_id = claimed.attempt_id)
   select ${CLAIMED_ATTEMPT_COLUMNS}
   from claimed ti
   join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id
   join polyflow.dag_version version on version.dag_version_id = run.dag_version_id
   left join polyflow.task_wait wait on wait.task_instance_id = ti.task_instance_id`,
);

interface Claim {
  readonly attemptId: AttemptId;
  readonly sessionId: WorkerSessionId;
  readonly again: boolean;
}

/** See ExecutionStore.claimAttempt. Claims that come at once are one statement; what was claimed when it was queued needs none. */
export function attemptClaims(
  context: StoreContext,
): (attemptId: AttemptId, sessionId: WorkerSessionId, options?: { readonly again?: boolean }) => Promise<ClaimedAttempt | undefined> {
  const claims = new CallBatcher<Claim, ClaimedAttemptRow | undefined>({
    clock: context.clock,
    keyOf: ({ attemptId }) => attemptId,
    run: (batch) => claimAll(context, batch),
  });
  return async (attemptId, sessionId, { again = false } = {}) => {
    const row = context.claimsAhead.take(attemptId, sessionId) ?? (await claims.call({ attemptId, sessionId, again }));
    return row === undefined ? undefined : claimedAttempt(context, row);
  };
}

async function claimAll(context: StoreContext, claims: readonly Claim[]): Promise<readonly (ClaimedAttemptRow | undefined)[]> {
  const rows = await context.database.query<ClaimedAttemptRow>(CLAIM_ATTEMPTS, [
    claims.map((claim) => claim.attemptId),
    claims.map((claim) => claim.sessionId),
    nowOf(context),
    claims.map((claim) => claim.again),
  ]);
  context.feed.emit(rows.map((row) => taskEvent({ ...row, state: "running" })));
  const byAttempt = new Map(rows.map((row) => [row.attemptId, row]));
  return claims.map(({ attemptId }) => byAttempt.get(attemptId));
}
