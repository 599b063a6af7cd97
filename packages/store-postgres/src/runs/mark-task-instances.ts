import { TASK_INSTANCE_STATES } from "@polyflow/contracts";
import type { MarkRequest, TaskInstanceRecord } from "@polyflow/store";
import type { Transaction } from "../database.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { changesOf, CLEAR, GET_TASK_INSTANCES } from "./clear-task-instances.ts";
import { requeueRuns } from "./requeue-runs.ts";
import type { TaskInstanceRow } from "./run-row.ts";
import { type LockedRun, lockSelection } from "./select-task-instances.ts";

/**
 * Parameters: task instances, state, now, reason. An attempt that is queued leaves the outbox; one that runs is refused from now on, and
 * its row stays to be seen as the last attempt. Locks held: dag_run, task_instance.
 */
const MARK = statement(
  "mark_task_instances",
  `with marked as (
     update polyflow.task_instance set state = $2, end_date = $3::timestamptz, next_retry_at = null, scheduled_at = null, reason = $4
     where task_instance_id = any($1::uuid[])
     returning attempt_id
   )
   delete from polyflow.outbox using marked where outbox.attempt_id = marked.attempt_id`,
);

/**
 * Parameters: runs, marked tasks. Result: task instances of these runs that were not to run because of what was marked: they come after it,
 * directly or not, and are `upstream_failed`. Locks: task_instance, ids ascending.
 */
const LOCK_FOLLOWERS = statement(
  "lock_followers",
  `select task_instance_id from polyflow.task_instance
   where dag_run_id = any($1::uuid[]) and state = 'upstream_failed' and not (task_instance_id = any($2::uuid[]))
   order by task_instance_id
   for update`,
);

/** See RunStore.markTaskInstances. Lock order: dag_run, task_instance (ids ascending). */
export async function markTaskInstances(context: StoreContext, request: MarkRequest): Promise<readonly TaskInstanceRecord[]> {
  const marked = await context.database.transaction((transaction) => markIn(transaction, request, nowOf(context)));
  if (!request.dryRun) context.feed.emit(changesOf(request.dagId, marked.runs, [...marked.taskInstances, ...marked.followers]));
  return marked.taskInstances;
}

interface Marked {
  readonly runs: readonly LockedRun[];
  readonly taskInstances: readonly TaskInstanceRecord[];
  readonly followers: readonly TaskInstanceRecord[];
}

async function markIn(transaction: Transaction, request: MarkRequest, now: Date): Promise<Marked> {
  const others = TASK_INSTANCE_STATES.filter((state) => state !== request.state && state !== "removed");
  const { runs, taskInstances } = await lockSelection(transaction, request, others);
  const ids = taskInstances.map((row) => row.taskInstanceId);
  if (request.dryRun) return { runs, taskInstances: await transaction.query<TaskInstanceRow>(GET_TASK_INSTANCES, [ids]), followers: [] };
  if (taskInstances.length === 0) return { runs, taskInstances, followers: [] };
  const runKeys = [...new Set(taskInstances.map((row) => row.runKey))];
  await transaction.query(MARK, [ids, request.state, now, `marked ${request.state} by a user`]);
  const followers =
    request.state === "success" ? await transaction.query<{ task_instance_id: string }>(LOCK_FOLLOWERS, [runKeys, ids]) : [];
  const following = followers.map((row) => row.task_instance_id);
  if (following.length > 0) await transaction.query(CLEAR, [following, now]);
  await requeueRuns(transaction, runKeys, now);
  const rows = await transaction.query<TaskInstanceRow>(GET_TASK_INSTANCES, [[...ids, ...following]]);
  const wasMarked = new Set<string>(ids);
  return {
    runs,
    taskInstances: rows.filter((row) => wasMarked.has(row.taskInstanceId)),
    followers: rows.filter((row) => !wasMarked.has(row.taskInstanceId)),
  };
}
