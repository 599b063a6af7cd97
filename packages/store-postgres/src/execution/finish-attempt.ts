import type { AttemptId } from "@polyflow/contracts";
import type { AttemptEnd, NewAssetEvent } from "@polyflow/store";
import { recordAssetEvents } from "../assets/record-asset-events.ts";
import { archiveAttempts } from "../runs/attempt-history.ts";
import { resetTaskInstances } from "../runs/reset-task-instances.ts";
import { TASK_EVENT_COLUMNS, type TaskEventRow, taskEvent } from "../runs/run-row.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";

/**
 * Parameters: attempt, state, now, reason, output as JSON or null, length of the output if it is a list or an object, tasks that are skipped,
 * name of the instance of a mapped task, key of the output in the store or null.
 * Result: the task instance, or no row when the attempt is not running.
 * Locks: task_instance.
 */
export const FINISH_ATTEMPT = statement(
  "finish_attempt",
  `with ended as (
     update polyflow.task_instance
     set state = $2, start_date = coalesce(waited_since, start_date), end_date = $3::timestamptz, reason = $4, waited_since = null,
         skips = $7::text[], map_name = coalesce($8, map_name)
     where attempt_id = $1 and state = 'running'
     returning *
   ),
   output as (
     insert into polyflow.xcom (task_instance_id, key, value, at, item_count, stored)
     select task_instance_id, 'return_value', $5::json, $3::timestamptz, $6::integer, $9 from ended where $5::json is not null
     on conflict (task_instance_id, key) do update
       set value = excluded.value, at = excluded.at, item_count = excluded.item_count, stored = excluded.stored
   )
   select ${TASK_EVENT_COLUMNS} from ended ti join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id`,
);

/**
 * Parameters: attempt, now, reason, next retry. Result: as above. The attempt goes to the history at once, its dates stay to be seen; what it
 * pushed goes. Locks: task_instance.
 */
const FINISH_FOR_RETRY = statement(
  "finish_for_retry",
  `with former as materialized (
     select * from polyflow.task_instance where attempt_id = $1 and state = 'running' for update
   ),
   archived as (${archiveAttempts("former", { now: "$2", reason: "$3" })}),
   forgotten as (delete from polyflow.xcom using former where xcom.task_instance_id = former.task_instance_id),
   unwaited as (
     update polyflow.task_wait wait
     set wait_id = null, trigger = null, state = null, timeout_at = null, event = null, is_watched = false, worker_session_id = null
     from former where wait.task_instance_id = former.task_instance_id
   ),
   ended as (
     update polyflow.task_instance ti
     set state = 'up_for_retry', end_date = $2::timestamptz, reason = $3, next_retry_at = $4::timestamptz, attempt_id = null,
         worker_session_id = null, start_date = coalesce(former.waited_since, former.start_date), waited_since = null
     from former where ti.task_instance_id = former.task_instance_id
     returning ti.*
   )
   select ${TASK_EVENT_COLUMNS} from ended ti join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id`,
);

/**
 * Parameters: attempt, state, time to wake or null, trigger or null, kept state, time limit. The try goes on in another attempt; until then
 * the task instance names this one. Result: as above. Locks: task_instance, task_wait.
 */
const FINISH_WAITING = statement(
  "finish_waiting",
  `with ended as (
     update polyflow.task_instance
     set state = $2, waited_since = coalesce(waited_since, start_date), next_retry_at = $3::timestamptz, worker_session_id = null
     where attempt_id = $1 and state = 'running'
     returning *
   ),
   waiting as (
     insert into polyflow.task_wait as known (task_instance_id, began_at, waits, wait_id, trigger, state, timeout_at, is_watched)
     select task_instance_id, waited_since, 1, case when $4::json is not null then gen_random_uuid() end, $4::json, $5::json,
            $6::timestamptz, coalesce($4::json ->> 'kind' <> 'time', false)
     from ended
     on conflict (task_instance_id) do update set
       waits = known.waits + 1, wait_id = excluded.wait_id, trigger = excluded.trigger, state = excluded.state,
       timeout_at = excluded.timeout_at, is_watched = excluded.is_watched, event = null, worker_session_id = null
   )
   select ${TASK_EVENT_COLUMNS} from ended ti join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id`,
);

/**
 * Parameters: attempts, now. Result: task instances whose cleared attempt is known to have ended, ready for a new one.
 * Locks: task_instance, ids ascending.
 */
export const RESTART_CLEARED = statement(
  "restart_cleared",
  `with former as materialized (
     select * from polyflow.task_instance where attempt_id = any($1::uuid[]) and state = 'restarting'
     order by task_instance_id for update
   ),
   ${resetTaskInstances("former", "$2")}
   select ${TASK_EVENT_COLUMNS} from reset ti join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id`,
);

/** See ExecutionStore.finishAttempt. The end of an attempt that was cleared changes nothing but makes room for the next one. */
export async function finishAttempt(context: StoreContext, attemptId: AttemptId, end: AttemptEnd): Promise<boolean> {
  const now = nowOf(context);
  const ended = await writeEnd(context, attemptId, { end, now });
  if (ended !== undefined) {
    context.feed.emit([taskEvent(ended)]);
    return true;
  }
  context.feed.emit((await context.database.query<TaskEventRow>(RESTART_CLEARED, [[attemptId], now])).map(taskEvent));
  return false;
}

/** The end and the updates of assets that it makes come about together. */
async function finishWithUpdates(
  context: StoreContext,
  { values, updates, now }: { readonly values: readonly unknown[]; readonly updates: readonly NewAssetEvent[]; readonly now: Date },
): Promise<TaskEventRow | undefined> {
  const outcome = await context.database.transaction(async (transaction) => {
    const ended = await transaction.queryOne<TaskEventRow>(FINISH_ATTEMPT, values);
    return ended === undefined ? undefined : { ended, events: await recordAssetEvents(transaction, updates, { source: ended, now }) };
  });
  context.feed.emit(outcome?.events ?? []);
  return outcome?.ended;
}

async function writeSuccess(
  context: StoreContext,
  attemptId: AttemptId,
  { end, now }: { readonly end: Extract<AttemptEnd, { to: "success" }>; readonly now: Date },
): Promise<TaskEventRow | undefined> {
  const output = end.output === undefined ? undefined : await context.xcoms.keep(end.output);
  const { json = null, itemCount = null, stored = null } = output ?? {};
  const values = [attemptId, end.to, now, null, json, itemCount, end.skips ?? null, withoutNul(end.mapName ?? null), stored];
  const ended = await (end.assets === undefined || end.assets.length === 0
    ? context.database.queryOne<TaskEventRow>(FINISH_ATTEMPT, values)
    : finishWithUpdates(context, { values, updates: end.assets, now }));
  if (ended === undefined && output !== undefined) await context.xcoms.forget(output);
  return ended;
}

async function writeEnd(
  context: StoreContext,
  attemptId: AttemptId,
  { end, now }: { readonly end: AttemptEnd; readonly now: Date },
): Promise<TaskEventRow | undefined> {
  const { database } = context;
  switch (end.to) {
    case "success":
      return writeSuccess(context, attemptId, { end, now });
    case "skipped":
    case "failed":
      return database.queryOne<TaskEventRow>(FINISH_ATTEMPT, [
        attemptId,
        end.to,
        now,
        withoutNul(end.reason),
        null,
        null,
        null,
        withoutNul(end.mapName ?? null),
        null,
      ]);
    case "up_for_retry":
      return database.queryOne<TaskEventRow>(FINISH_FOR_RETRY, [attemptId, now, withoutNul(end.reason), end.nextRetryAt]);
    case "up_for_reschedule":
      return database.queryOne<TaskEventRow>(FINISH_WAITING, [attemptId, end.to, end.wakeAt, null, null, null]);
    case "deferred": {
      const state = end.state === undefined ? null : JSON.stringify(end.state);
      const values = [attemptId, end.to, end.wakeAt, JSON.stringify(end.trigger), state, end.timeoutAt];
      return database.queryOne<TaskEventRow>(FINISH_WAITING, values);
    }
  }
}

/** A task may throw any text; PostgreSQL stores no U+0000. */
function withoutNul(text: string | null): string | null {
  return text?.replaceAll("\0", "\uFFFD") ?? null;
}
