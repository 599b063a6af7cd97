import type { AttemptId } from "@polyflow/contracts";
import type { AttemptEnd, NewAssetEvent } from "@polyflow/store";
import { recordAssetEvents } from "../assets/record-asset-events.ts";
import { CallBatcher } from "../call-batcher.ts";
import { archiveAttempts } from "../runs/attempt-history.ts";
import { resetTaskInstances } from "../runs/reset-task-instances.ts";
import { TASK_EVENT_COLUMNS, type TaskEventRow, taskEvent } from "../runs/run-row.ts";
import { type Statement, statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import type { KeptValue } from "../xcoms/xcom-values.ts";

/**
 * Parameters: attempts (each once), states, now, reasons, outputs as JSON or null, lengths of those that are lists or objects, tasks that are
 * skipped as JSON lists or null, names of instances of mapped tasks, keys of the outputs in the store or null.
 * Result: the task instances; no row for an attempt that is not running. Locks: task_instance, ids ascending.
 */
const FINISH_ATTEMPTS = statement(
  "finish_attempts",
  `with outcome as materialized (
     select ti.task_instance_id, ended.*
     from unnest($1::uuid[], $2::text[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::text[], $9::text[])
       ended (attempt_id, to_state, why, output, item_count, skips, map_name, stored)
     join polyflow.task_instance ti on ti.attempt_id = ended.attempt_id
     where ti.state = 'running'
     order by ti.task_instance_id
     for update of ti
   ),
   ended as (
     update polyflow.task_instance ti
     set state = outcome.to_state, start_date = coalesce(ti.waited_since, ti.start_date), end_date = $3::timestamptz, reason = outcome.why,
         waited_since = null, map_name = coalesce(outcome.map_name, ti.map_name),
         skips = case when outcome.skips is not null then array(select json_array_elements_text(outcome.skips::json)) end
     from outcome where ti.task_instance_id = outcome.task_instance_id
     returning ti.*
   ),
   output as (
     insert into polyflow.xcom (task_instance_id, key, value, at, item_count, stored)
     select task_instance_id, 'return_value', outcome.output::json, $3::timestamptz, item_count, stored
     from outcome where outcome.output is not null
     on conflict (task_instance_id, key) do update
       set value = excluded.value, at = excluded.at, item_count = excluded.item_count, stored = excluded.stored
   )
   select ti.attempt_id as "attemptId", ${TASK_EVENT_COLUMNS}
   from ended ti join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id`,
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

/** A row of FINISH_ATTEMPTS to be. */
interface AttemptFinish {
  readonly attemptId: AttemptId;
  readonly to: "success" | "skipped" | "failed";
  readonly reason: string | null;
  readonly output: KeptValue | undefined;
  readonly skips: readonly string[] | undefined;
  readonly mapName: string | null;
}

type FinishedRow = TaskEventRow & { readonly attemptId: AttemptId };
type Finishes = CallBatcher<AttemptFinish, TaskEventRow | undefined>;

/**
 * See ExecutionStore.finishAttempt. Ends that come at once are one statement. The end of an attempt that was cleared changes nothing but makes
 * room for the next one.
 */
export function attemptEnds(context: StoreContext): (attemptId: AttemptId, end: AttemptEnd) => Promise<boolean> {
  const finishes: Finishes = new CallBatcher({
    clock: context.clock,
    keyOf: ({ attemptId }) => attemptId,
    run: (batch) => finishAll(context, batch),
  });
  return async (attemptId, end) => {
    if (await writeEnd(context, finishes, { attemptId, end })) return true;
    context.feed.emit((await context.database.query<TaskEventRow>(RESTART_CLEARED, [[attemptId], nowOf(context)])).map(taskEvent));
    return false;
  };
}

/** All of a batch are told of in one breath, so that the scheduler decides what follows from them together. */
async function finishAll(context: StoreContext, finishes: readonly AttemptFinish[]): Promise<readonly (TaskEventRow | undefined)[]> {
  const rows = await context.database.query<FinishedRow>(FINISH_ATTEMPTS, finishValues(finishes, nowOf(context)));
  context.feed.emit(rows.map(taskEvent));
  const byAttempt = new Map(rows.map((row) => [row.attemptId, row]));
  return finishes.map(({ attemptId }) => byAttempt.get(attemptId));
}

function finishValues(finishes: readonly AttemptFinish[], now: Date): readonly unknown[] {
  return [
    finishes.map((finish) => finish.attemptId),
    finishes.map((finish) => finish.to),
    now,
    finishes.map((finish) => finish.reason),
    finishes.map((finish) => finish.output?.json ?? null),
    finishes.map((finish) => finish.output?.itemCount ?? null),
    finishes.map((finish) => (finish.skips === undefined ? null : JSON.stringify(finish.skips))),
    finishes.map((finish) => finish.mapName),
    finishes.map((finish) => finish.output?.stored ?? null),
  ];
}

/** The end and the updates of assets that it makes come about together. */
async function finishWithUpdates(
  context: StoreContext,
  finish: AttemptFinish,
  updates: readonly NewAssetEvent[],
): Promise<TaskEventRow | undefined> {
  const now = nowOf(context);
  const outcome = await context.database.transaction(async (transaction) => {
    const ended = await transaction.queryOne<FinishedRow>(FINISH_ATTEMPTS, finishValues([finish], now));
    return ended === undefined ? undefined : { ended, events: await recordAssetEvents(transaction, updates, { source: ended, now }) };
  });
  if (outcome !== undefined) context.feed.emit([...outcome.events, taskEvent(outcome.ended)]);
  return outcome?.ended;
}

async function writeSuccess(
  context: StoreContext,
  finishes: Finishes,
  { attemptId, end }: { readonly attemptId: AttemptId; readonly end: Extract<AttemptEnd, { to: "success" }> },
): Promise<boolean> {
  const output = end.output === undefined ? undefined : await context.xcoms.keep(end.output);
  const finish = { attemptId, to: end.to, reason: null, output, skips: end.skips, mapName: withoutNul(end.mapName ?? null) };
  const ended = await (end.assets === undefined || end.assets.length === 0
    ? finishes.call(finish)
    : finishWithUpdates(context, finish, end.assets));
  if (ended === undefined && output !== undefined) await context.xcoms.forget(output);
  return ended !== undefined;
}

/** @returns whether the attempt was running */
async function writeEnd(
  context: StoreContext,
  finishes: Finishes,
  { attemptId, end }: { readonly attemptId: AttemptId; readonly end: AttemptEnd },
): Promise<boolean> {
  switch (end.to) {
    case "success":
      return writeSuccess(context, finishes, { attemptId, end });
    case "skipped":
    case "failed": {
      const mapName = withoutNul(end.mapName ?? null);
      const finish = { attemptId, to: end.to, reason: withoutNul(end.reason), output: undefined, skips: undefined, mapName };
      return (await finishes.call(finish)) !== undefined;
    }
    case "up_for_retry":
      return writeAlone(context, FINISH_FOR_RETRY, [attemptId, nowOf(context), withoutNul(end.reason), end.nextRetryAt]);
    case "up_for_reschedule":
      return writeAlone(context, FINISH_WAITING, [attemptId, end.to, end.wakeAt, null, null, null]);
    case "deferred": {
      const state = end.state === undefined ? null : JSON.stringify(end.state);
      return writeAlone(context, FINISH_WAITING, [attemptId, end.to, end.wakeAt, JSON.stringify(end.trigger), state, end.timeoutAt]);
    }
  }
}

async function writeAlone(context: StoreContext, end: Statement, values: readonly unknown[]): Promise<boolean> {
  const ended = await context.database.queryOne<TaskEventRow>(end, values);
  if (ended === undefined) return false;
  context.feed.emit([taskEvent(ended)]);
  return true;
}

/** A task may throw any text; PostgreSQL stores no U+0000. */
function withoutNul(text: string | null): string | null {
  return text?.replaceAll("\0", "\uFFFD") ?? null;
}
