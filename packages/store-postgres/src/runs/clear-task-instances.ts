import { type ChangeEvent, PolyflowError } from "@polyflow/contracts";
import type { ClearRequest, TaskInstanceRecord } from "@polyflow/store";
import type { Transaction } from "../database.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import { repointRun } from "./repoint-run.ts";
import { requeueRuns } from "./requeue-runs.ts";
import { resetTaskInstances } from "./reset-task-instances.ts";
import { type LockedRun, lockSelection } from "./select-task-instances.ts";
import { runEvent, TASK_INSTANCE_COLUMNS, type TaskInstanceRow, taskEvent } from "./run-row.ts";

/** Task instances that can be cleared: those that have done something, and not those that wait for their first chance. */
const CLEARABLE = ["success", "failed", "skipped", "upstream_failed", "running", "up_for_retry", "up_for_reschedule", "deferred"];
const FAILED = ["failed", "upstream_failed"];

/**
 * Parameters: task instances, now. Those whose process may still be alive become `restarting` and keep their attempt, which is refused
 * from now on; the others go back to `none`. What its dates leave out of the run stays skipped. Locks held: dag_run, task_instance.
 */
export const CLEAR = statement(
  "clear_task_instances",
  `with candidate as materialized (
     select ti.*, ti.state = 'running' and exists (
       select from polyflow.worker_session session where session.worker_session_id = ti.worker_session_id and session.closed_at is null
     ) as is_alive
     from polyflow.task_instance ti
     join polyflow.dag_run run using (dag_run_id)
     left join polyflow.dag_version_task task on task.dag_version_id = run.dag_version_id and task.task_id = ti.task_id
     where ti.task_instance_id = any($1::uuid[])
       and not (ti.state = 'skipped' and coalesce(run.logical_date < task.starts_at or run.logical_date > task.ends_at, false))
   ),
   former as materialized (select * from candidate where not is_alive),
   ${resetTaskInstances("former", "$2")}
   update polyflow.task_instance ti set state = 'restarting', reason = 'cleared while it was running'
   from candidate where candidate.is_alive and ti.task_instance_id = candidate.task_instance_id`,
);

/** Parameters: task instances. Result: how they are now. */
export const GET_TASK_INSTANCES = statement(
  "get_task_instances",
  `select ${TASK_INSTANCE_COLUMNS} from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id)
   where ti.task_instance_id = any($1::uuid[])
   order by run.run_after, run.run_id, ti.position, ti.map_index`,
);

/** See RunStore.clearTaskInstances. Lock order: dag_run, task_instance (ids ascending). */
export async function clearTaskInstances(context: StoreContext, request: ClearRequest): Promise<readonly TaskInstanceRecord[]> {
  const { runs, taskInstances } = await context.database.transaction((transaction) => clearIn(transaction, request, nowOf(context)));
  if (!request.dryRun) context.feed.emit(changesOf(request.dagId, runs, taskInstances));
  return taskInstances;
}

/** Events of an action on task instances whose finished runs went back to the line. */
export function changesOf(dagId: string, runs: readonly LockedRun[], taskInstances: readonly TaskInstanceRecord[]): readonly ChangeEvent[] {
  const touched = new Set(taskInstances.map((instance) => instance.runKey));
  const states = runs.filter((run) => touched.has(run.runKey));
  return [
    ...taskInstances.map(taskEvent),
    ...states.map(({ runKey, runId, state }) => runEvent({ dagId, runId, runKey, state: state === "running" ? "running" : "queued" })),
  ];
}

interface Cleared {
  readonly runs: readonly LockedRun[];
  readonly taskInstances: readonly TaskInstanceRecord[];
}

/** The same within a transaction; the caller announces what it did. */
export async function clearIn(transaction: Transaction, request: ClearRequest, now: Date): Promise<Cleared> {
  const { runs, taskInstances } = await lockSelection(transaction, request, clearableStates(request));
  const running = request.preventRunning === true ? taskInstances.find((row) => row.state === "running") : undefined;
  if (running !== undefined) {
    throw new PolyflowError(
      "transition_refused",
      `Task "${running.taskId}" of run "${running.runId}" is running. Wait for it, or clear without prevent_running_task.`,
    );
  }
  const ids = taskInstances.map((row) => row.taskInstanceId);
  if (request.dryRun) return { runs, taskInstances: await transaction.query<TaskInstanceRow>(GET_TASK_INSTANCES, [ids]) };
  if (taskInstances.length === 0) return { runs, taskInstances };
  const runKeys = [...new Set(taskInstances.map((row) => row.runKey))];
  await Promise.all([transaction.query(CLEAR, [ids, now]), requeueRuns(transaction, runKeys, now)]);
  if (request.runOnLatestVersion === true) for (const runKey of runKeys) await repointRun(transaction, runKey, now);
  return { runs, taskInstances: await transaction.query<TaskInstanceRow>(GET_TASK_INSTANCES, [ids]) };
}

function clearableStates({ onlyFailed, onlyRunning = false }: ClearRequest): readonly string[] {
  if (onlyRunning) return ["running"];
  return onlyFailed ? FAILED : CLEARABLE;
}
