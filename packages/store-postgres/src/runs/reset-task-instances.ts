import { archiveAttempts, FORGET_ATTEMPT } from "./attempt-history.ts";

/**
 * CTEs that put task instances back to `none` for a new attempt. `former` names a CTE with rows of task_instance as they were, locked;
 * `now` is the parameter with the time. The attempt goes to the history, its outputs go, retries count from here, as in Airflow.
 * The CTE `reset` has the rows as they are then.
 */
export function resetTaskInstances(former: string, now: string): string {
  const reason = `coalesce(former.reason, case when former.state = 'running' then 'its worker was lost' end)`;
  return `
    archived as (${archiveAttempts(former, { now, reason })}),
    forgotten as (delete from polyflow.xcom using ${former} former where xcom.task_instance_id = former.task_instance_id),
    unwaited as (delete from polyflow.task_wait using ${former} former where task_wait.task_instance_id = former.task_instance_id),
    reset as (
      update polyflow.task_instance ti set
        state = 'none', reason = null, losses = 0, ${FORGET_ATTEMPT},
        max_tries = former.try_number + coalesce((
          select task.retries from polyflow.dag_run run join polyflow.dag_version_task task using (dag_version_id)
          where run.dag_run_id = ti.dag_run_id and task.task_id = ti.task_id
        ), former.max_tries)
      from ${former} former where ti.task_instance_id = former.task_instance_id
      returning ti.*
    )`;
}
