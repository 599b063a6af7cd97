import type { DagSpec, DagVersionId } from "@polyflow/contracts";
import type { DagRunRecord } from "@polyflow/store";
import type { Transaction } from "../database.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import type { LockedRun } from "./select-task-instances.ts";
import { RUN_COLUMNS, RUN_TABLES, type RunRow, runEvent, TASK_EVENT_COLUMNS, type TaskEventRow, taskEvent } from "./run-row.ts";

/** Parameters: DAG id, run id. Result: the run. Locks: dag_run, so that the run does not end meanwhile. */
const LOCK_RUN = statement(
  "lock_run",
  `select dag_run_id as "runKey", run_id as "runId", state, dag_version_id as "versionId"
   from polyflow.dag_run where dag_id = $1 and run_id = $2 for update`,
);

/** Parameters: run key. Result: whether teardowns of the run have not run yet. Locks held: dag_run. */
const HAS_TEARDOWNS = statement(
  "has_unfinished_teardowns",
  `select exists (
     select from polyflow.task_instance ti
     where ti.dag_run_id = $1 and ti.task_id = any($2::text[])
       and ti.state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
   ) as "hasTeardowns"`,
);

/** Parameters: run key. Locks: task_instance, ids ascending. */
const LOCK_UNFINISHED = statement(
  "lock_unfinished",
  `select task_instance_id from polyflow.task_instance
   where dag_run_id = $1 and state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
   order by task_instance_id
   for update`,
);

/**
 * Parameters: run key, state of the run, now, reason, tasks that are spared, tasks that fail also when they have not begun.
 * Result: task instances that followed.
 * Locks held: dag_run, task_instance.
 */
export const END_TASKS_OF_RUN = statement(
  "end_tasks_of_run",
  `with ended as (
     update polyflow.task_instance ti set
       state = case
                 when $2 = 'success' then 'success'
                 when ti.state in ('running', 'restarting') or ti.task_id = any($6::text[]) then 'failed'
                 else 'skipped'
               end,
       end_date = $3::timestamptz, next_retry_at = null, reason = $4
     where ti.dag_run_id = $1 and ti.state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
       and not ti.task_id = any($5::text[])
     returning ti.*
   ),
   unqueued as (delete from polyflow.outbox using ended where outbox.attempt_id = ended.attempt_id)
   select ${TASK_EVENT_COLUMNS} from ended ti join polyflow.dag_run run using (dag_run_id)`,
);

/** Parameters: run key, state, now. Locks held: dag_run. */
export const END_RUN = statement(
  "mark_run",
  `update polyflow.dag_run set state = $2, end_date = $3::timestamptz, start_date = coalesce(start_date, $3::timestamptz)
   where dag_run_id = $1`,
);

/** Parameters: DAG id, run id. */
export const GET_RUN = statement("get_run", `select ${RUN_COLUMNS} from ${RUN_TABLES} where run.dag_id = $1 and run.run_id = $2`);

/** See RunStore.markRun. Attempts that are running are superseded: whatever they report is refused. */
export async function markRun(
  context: StoreContext,
  dagId: string,
  runId: string,
  state: "success" | "failed",
): Promise<DagRunRecord | undefined> {
  const now = nowOf(context);
  const outcome = await context.database.transaction(async (transaction: Transaction) => {
    const run = await transaction.queryOne<LockedRun & { readonly versionId: DagVersionId }>(LOCK_RUN, [dagId, runId]);
    if (run === undefined) return undefined;
    if (run.state === state) return { run, tasks: [], record: await transaction.queryOne<RunRow>(GET_RUN, [dagId, runId]) };
    const { teardowns, lastTasks } = endOf(await context.specs.require(run.versionId));
    // A run that ends after its teardowns ends by its last tasks: one that is marked as failed must have failed ones.
    const failing = state === "failed" && teardowns.length > 0 ? lastTasks : [];
    const [, tasks, pending] = await Promise.all([
      transaction.query(LOCK_UNFINISHED, [run.runKey]),
      transaction.query<TaskEventRow>(END_TASKS_OF_RUN, [run.runKey, state, now, `the run was marked ${state}`, teardowns, failing]),
      teardowns.length === 0 ? undefined : transaction.queryOne<{ hasTeardowns: boolean }>(HAS_TEARDOWNS, [run.runKey, teardowns]),
    ]);
    // What it made has to be taken away first: the scheduler ends it afterwards.
    if (pending?.hasTeardowns !== true) await transaction.query(END_RUN, [run.runKey, state, now]);
    return { run, tasks, record: await transaction.queryOne<RunRow>(GET_RUN, [dagId, runId]) };
  });
  if (outcome === undefined) return undefined;
  const { run, tasks, record } = outcome;
  if (record !== undefined && run.state !== state) {
    context.feed.emit([...tasks.map(taskEvent), runEvent({ dagId, runId, runKey: run.runKey, state: record.state })]);
  }
  return record;
}

/** Teardowns, and the tasks that no other work comes after. */
function endOf({ tasks }: DagSpec): { readonly teardowns: readonly string[]; readonly lastTasks: readonly string[] } {
  const work = tasks.filter((task) => task.role !== "teardown");
  const followed = new Set(work.flatMap((task) => task.upstream));
  return {
    teardowns: tasks.filter((task) => task.role === "teardown").map((task) => task.taskId),
    lastTasks: work.map((task) => task.taskId).filter((taskId) => !followed.has(taskId)),
  };
}
