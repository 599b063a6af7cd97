/**
 * SQL that moves the attempt which rows of `source` describe into the history. `source` has columns of task_instance as they were;
 * `now` is the parameter with the time, `reason` an expression. Every path on which a task instance stops describing an attempt uses it,
 * so an attempt is always either in its task instance or in the history.
 */
export function archiveAttempts(source: string, options: { readonly now: string; readonly reason: string }): string {
  return `
    insert into polyflow.task_try (
      attempt_id, task_instance_id, try_number, state, queued_at, start_date, end_date, hostname, reason
    )
    select former.attempt_id, former.task_instance_id, former.try_number,
           case when former.state in ('success', 'skipped') then former.state else 'failed' end,
           former.queued_at, coalesce(former.waited_since, former.start_date), coalesce(former.end_date, ${options.now}::timestamptz), former.hostname,
           ${options.reason}
    from ${source} former
    where former.attempt_id is not null`;
}

/** Assignments that make a task instance describe no attempt. */
export const FORGET_ATTEMPT = `
  attempt_id = null, worker_session_id = null, scheduled_at = null, queued_at = null, start_date = null, end_date = null,
  next_retry_at = null, hostname = null, skips = null, waited_since = null`;
