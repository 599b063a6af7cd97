import { CLAIMED_ATTEMPT_COLUMNS } from "../execution/claimed-attempt-row.ts";
import { archiveAttempts } from "../runs/attempt-history.ts";
import { RUN_EVENT_COLUMNS, TASK_EVENT_COLUMNS } from "../runs/run-row.ts";
import { statement } from "../statement.ts";
import { TERM_LASTS } from "./lease.ts";

/** Decisions as rows; parameters $4 to $7 are arrays of task instances, former states, new states, reasons. */
const DECISIONS = `unnest($4::uuid[], $5::text[], $6::text[], $7::text[]) decision (task_instance_id, from_state, to_state, reason)`;

/** A decision holds while the run runs; a paused DAG schedules nothing. */
const STILL_APPLIES = `
  ti.state = decision.from_state and run.dag_run_id = ti.dag_run_id and run.state = 'running' and dag.dag_id = run.dag_id
  and (decision.to_state <> 'scheduled' or not dag.is_paused) and ${TERM_LASTS}`;

/**
 * Parameters: term (3), decisions (4), now. For task instances that end without a current attempt. They may rest on one another (what follows
 * a skipped task is skipped), so those of a run take effect together or, when one of them was overtaken, not at all. Result: those that took
 * effect. Locks held: leader_lease; then task_instance (the caller sorts by id).
 */
export const END_TASKS = statement(
  "end_tasks",
  `with locked as materialized (
     select ti.task_instance_id, ti.dag_run_id, ti.state
     from polyflow.task_instance ti where ti.task_instance_id = any($4::uuid[])
     order by ti.task_instance_id
     for update
   ),
   decided as (
     select locked.dag_run_id, decision.*, bool_and(locked.state = decision.from_state) over (partition by locked.dag_run_id) as holds
     from locked join ${DECISIONS} using (task_instance_id)
   )
   update polyflow.task_instance ti set
     state = decision.to_state, reason = decision.reason, next_retry_at = null, end_date = $8::timestamptz
   from decided decision, polyflow.dag_run run, polyflow.dag
   where ti.task_instance_id = decision.task_instance_id and decision.holds and ${STILL_APPLIES}
   returning ${TASK_EVENT_COLUMNS}`,
);

/**
 * The same for task instances that are queued, running or restarting: their attempt is superseded. One that goes back to `scheduled` leaves
 * its attempt in the history; one that ends keeps describing it. Locks held: leader_lease; then task_instance (ids ascending), outbox.
 */
export const SUPERSEDE_ATTEMPTS = statement(
  "supersede_attempts",
  `with former as materialized (
     select ti.*, decision.to_state, decision.reason as decided_reason
     from polyflow.task_instance ti, ${DECISIONS}, polyflow.dag_run run, polyflow.dag
     where ti.task_instance_id = decision.task_instance_id and ${STILL_APPLIES}
     order by ti.task_instance_id
     for update of ti
   ),
   archived as (
     ${archiveAttempts("(select * from former where to_state = 'scheduled')", { now: "$8", reason: "former.decided_reason" })}
   ),
   unqueued as (delete from polyflow.outbox using former where outbox.attempt_id = former.attempt_id),
   ended as (
     update polyflow.task_instance ti set
       state = former.to_state, reason = former.decided_reason,
       scheduled_at = case when former.to_state = 'scheduled' then $8::timestamptz else ti.scheduled_at end,
       attempt_id = case when former.to_state = 'scheduled' then null else ti.attempt_id end,
       worker_session_id = case when former.to_state = 'scheduled' then null else ti.worker_session_id end,
       start_date = case when former.to_state = 'scheduled' then null else ti.start_date end,
       end_date = case when former.to_state = 'scheduled' then null else $8::timestamptz end,
       waited_since = null
     from former where ti.task_instance_id = former.task_instance_id
     returning ti.*
   )
   select ${TASK_EVENT_COLUMNS} from ended ti join polyflow.dag_run run using (dag_run_id)`,
);

/**
 * Parameters: run keys. In a statement of its own before FINISH_RUNS: what it waits for, a user who clears a task of the run, must have
 * committed before FINISH_RUNS looks at the tasks. Locks held: leader_lease; then dag_run, ids ascending.
 */
export const LOCK_ENDING_RUNS = statement(
  "lock_ending_runs",
  `select dag_run_id from polyflow.dag_run where dag_run_id = any($1::uuid[]) order by dag_run_id for update`,
);

/**
 * Parameters: term (3), run keys, states, now, task instances that were to end with them, their states then. Ends runs of which no task is
 * unfinished any more: one that was cleared after the decision keeps its run alive; so does one that ended otherwise than the end of the run
 * supposes. Result: the runs that ended. Locks held: leader_lease, dag_run.
 */
export const FINISH_RUNS = statement(
  "finish_runs",
  `update polyflow.dag_run run set state = decision.state, end_date = $6::timestamptz
   from unnest($4::uuid[], $5::text[]) decision (dag_run_id, state)
   where run.dag_run_id = decision.dag_run_id and run.state = 'running' and ${TERM_LASTS}
     and not exists (
       select from polyflow.task_instance ti
       where ti.dag_run_id = run.dag_run_id
         and ti.state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
     )
     and not exists (
       select from unnest($7::uuid[], $8::text[]) supposed (task_instance_id, state)
       join polyflow.task_instance ti on ti.task_instance_id = supposed.task_instance_id
       where ti.dag_run_id = run.dag_run_id and ti.state <> supposed.state
     )
   returning ${RUN_EVENT_COLUMNS}`,
);

const IN_ORDER = `priority_weight desc, run_after, map_index, task_instance_id`;
const WAITING_COLUMNS = `ti.task_instance_id, ti.dag_run_id, ti.task_id, ti.pool, ti.pool_slots, ti.priority_weight, ti.run_after, ti.map_index`;

/** Whatever waits of `waiting` has its run's or its own limits used up already. */
function isHeldBack(waiting: string): string {
  return `(
    exists (select from full_run where full_run.dag_run_id = ${waiting}.dag_run_id)
    or exists (select from full_task where full_task.dag_run_id = ${waiting}.dag_run_id and full_task.task_id = ${waiting}.task_id)
  )`;
}

/**
 * Parameters: term (3), parallelism, now, task instances that were decided to be scheduled, their former states, whether the limit of active
 * tasks counts over all runs of a DAG, a worker's session or null, its open slots. Those for which there is room, and those that waited before,
 * are queued with a new attempt and an outbox row, or, as many as the worker has slots, run there at once; the others become `scheduled`. Each
 * row is written once. Result: all rows that changed, those that were queued or run in the order in which they are served.
 *
 * Each pool is served by itself, in the order of priority weight, run, map index, so that a full pool holds nobody else back; a task that
 * needs more slots than are free lets smaller ones pass. A pool of −1 slots has no end; deferred tasks hold slots where their pool says so.
 * Candidates are at most as many as the pool has free slots; of these some may fall to the limits of their run or task or to the sum of slots,
 * so the caller asks again while `candidates` exceeds what was queued and there is `room`.
 * Must run alone in the lease, since it counts. Locks held: leader_lease; then task_instance, outbox.
 */
export const QUEUE_ATTEMPTS = statement(
  "queue_attempts",
  `with in_use as materialized (
     select dag_run_id, task_id, pool, count(*) as tasks, sum(pool_slots) as slots
     from polyflow.task_instance where state in ('queued', 'running', 'restarting')
     group by 1, 2, 3
   ),
   busy_run as materialized (
     select run.dag_run_id, run.dag_id, run.dag_version_id, used.tasks
     from (select dag_run_id, sum(tasks)::bigint as tasks from in_use group by 1) used join polyflow.dag_run run using (dag_run_id)
   ),
   capacity as materialized (select greatest($4::integer - coalesce(sum(tasks), 0), 0)::bigint as free from in_use),
   pool_room as materialized (
     select pool.name,
            case when pool.slots < 0 then 2147483647
                 else pool.slots
                   - coalesce((select sum(in_use.slots) from in_use where in_use.pool = pool.name), 0)
                   - case when pool.include_deferred then coalesce((
                       select sum(ti.pool_slots) from polyflow.task_instance ti where ti.state = 'deferred' and ti.pool = pool.name
                     ), 0) else 0 end
            end::bigint as free
     from polyflow.pool
   ),
   taken as materialized (
     select case when $8::boolean then dag_id else dag_run_id::text end as scope, sum(tasks)::bigint as tasks from busy_run group by 1
   ),
   full_run as materialized (
     select busy_run.dag_run_id
     from busy_run join polyflow.dag_version version using (dag_version_id)
     where not $8 and busy_run.tasks >= version.max_active_tasks
     union all
     select run.dag_run_id
     from (select dag_id, sum(tasks) as tasks from busy_run group by 1) used
     join polyflow.dag_run run on run.dag_id = used.dag_id and run.state = 'running'
     join polyflow.dag_version version on version.dag_version_id = run.dag_version_id
     where $8 and used.tasks >= version.max_active_tasks
   ),
   limited as materialized (
     select busy_run.dag_id, busy_run.dag_run_id, task.task_id, task.max_active_per_dag, task.max_active_per_run,
            sum(in_use.tasks)::bigint as tasks
     from busy_run
     join polyflow.dag_version_task task using (dag_version_id)
     join in_use on in_use.dag_run_id = busy_run.dag_run_id and in_use.task_id = task.task_id
     where task.max_active_per_dag is not null or task.max_active_per_run is not null
     group by 1, 2, 3, 4, 5
   ),
   full_task as materialized (
     select dag_run_id, task_id from limited where tasks >= max_active_per_run
     union
     select run.dag_run_id, used.task_id
     from (
       select dag_id, task_id from limited group by dag_id, task_id having sum(tasks) >= max(max_active_per_dag)
     ) used
     join polyflow.dag_run run on run.dag_id = used.dag_id and run.state = 'running'
   ),
   decided as materialized (
     select ${WAITING_COLUMNS}, ti.state
     from unnest($6::uuid[], $7::text[]) decision (task_instance_id, from_state)
     cross join lateral (
       select * from polyflow.task_instance found where found.task_instance_id = decision.task_instance_id limit 1
     ) ti
     cross join lateral (select dag_id, state from polyflow.dag_run where dag_run.dag_run_id = ti.dag_run_id limit 1) run
     cross join lateral (select is_paused from polyflow.dag where dag.dag_id = run.dag_id limit 1) dag
     where ti.state = decision.from_state and run.state = 'running' and not dag.is_paused and ${TERM_LASTS}
   ),
   candidate as materialized (
     select first.*, pool_room.free as pool_free
     from pool_room cross join lateral (
       select * from (
         (
           select ${WAITING_COLUMNS}, ti.state from polyflow.task_instance ti
           where ti.state = 'scheduled' and ti.pool = pool_room.name and ti.pool_slots <= pool_room.free and not ${isHeldBack("ti")}
           order by ${IN_ORDER}
           limit least(greatest(pool_room.free, 0), (select free from capacity))
         )
         union all
         select decided.* from decided
         where decided.pool = pool_room.name and decided.pool_slots <= pool_room.free and not ${isHeldBack("decided")}
       ) waiting
       order by ${IN_ORDER}
       limit least(greatest(pool_room.free, 0), (select free from capacity))
     ) first
     where pool_room.free > 0 and ${TERM_LASTS}
   ),
   placed as (
     select candidate.*, run.dag_id, case when $8 then run.dag_id else run.dag_run_id::text end as scope, version.max_active_tasks,
            task.max_active_per_dag, task.max_active_per_run
     from candidate
     cross join lateral (
       select dag_run_id, dag_id, dag_version_id from polyflow.dag_run where dag_run.dag_run_id = candidate.dag_run_id limit 1
     ) run
     cross join lateral (
       select max_active_tasks from polyflow.dag_version where dag_version.dag_version_id = run.dag_version_id limit 1
     ) version
     left join lateral (
       select max_active_per_dag, max_active_per_run from polyflow.dag_version_task task
       where task.dag_version_id = run.dag_version_id and task.task_id = candidate.task_id
       limit 1
     ) task on true
   ),
   ranked as (
     select placed.*,
            sum(pool_slots) over (partition by pool order by ${IN_ORDER} rows unbounded preceding) as pool_sum,
            row_number() over (partition by scope order by ${IN_ORDER}) as scope_rank,
            row_number() over (partition by dag_run_id, task_id order by ${IN_ORDER}) as run_rank,
            row_number() over (partition by dag_id, task_id order by ${IN_ORDER}) as dag_rank
     from placed
   ),
   worker as materialized (
     select worker_session_id, hostname from polyflow.worker_session where worker_session_id = $9::uuid and closed_at is null
   ),
   chosen as materialized (
     select fitting.task_instance_id, fitting.state,
            row_number() over (order by ${IN_ORDER}) <= $10::integer and exists (select from worker) as is_claimed
     from (
       select ranked.*
       from ranked left join taken on taken.scope = ranked.scope
       where ranked.pool_sum <= ranked.pool_free
         and ranked.scope_rank <= ranked.max_active_tasks - coalesce(taken.tasks, 0)
         and (ranked.max_active_per_run is null or ranked.run_rank <= ranked.max_active_per_run - coalesce((
           select sum(tasks) from limited where limited.dag_run_id = ranked.dag_run_id and limited.task_id = ranked.task_id
         ), 0))
         and (ranked.max_active_per_dag is null or ranked.dag_rank <= ranked.max_active_per_dag - coalesce((
           select sum(tasks) from limited where limited.dag_id = ranked.dag_id and limited.task_id = ranked.task_id
         ), 0))
     ) fitting
     order by ${IN_ORDER}
     limit (select free from capacity)
   ),
   target as (
     select task_instance_id, state as from_state, true as is_chosen, is_claimed from chosen
     union all
     select decided.task_instance_id, decided.state, false, false from decided
     where not exists (select from chosen where chosen.task_instance_id = decided.task_instance_id)
   ),
   moved as (
     update polyflow.task_instance ti set
       state = case when target.is_claimed then 'running' when target.is_chosen then 'queued' else 'scheduled' end,
       attempt_id = case when target.is_chosen then gen_random_uuid() end,
       -- An attempt of a task that has waited goes on with its try.
       try_number = ti.try_number + case when target.is_chosen and ti.waited_since is null then 1 else 0 end,
       queued_at = case when target.is_chosen then $5::timestamptz end,
       scheduled_at = case when target.from_state = 'scheduled' then ti.scheduled_at else $5::timestamptz end,
       start_date = case when target.is_claimed then $5::timestamptz end,
       worker_session_id = case when target.is_claimed then $9::uuid else ti.worker_session_id end,
       hostname = case when target.is_claimed then (select hostname from worker) else ti.hostname end,
       end_date = null, next_retry_at = null, reason = null
     from target where ti.task_instance_id = target.task_instance_id and ti.state = target.from_state
     returning ti.*
   ),
   outboxed as (
     insert into polyflow.outbox (attempt_id, task_instance_id) select attempt_id, task_instance_id from moved where state = 'queued'
   )
   select ${CLAIMED_ATTEMPT_COLUMNS}, ti.queue, ti.priority_weight as "priorityWeight", ti.state, (select count(*) from candidate)::integer as candidates,
          (select free from capacity)::integer as room
   from moved ti
   join polyflow.dag_run run on run.dag_run_id = ti.dag_run_id
   join polyflow.dag_version version on version.dag_version_id = run.dag_version_id
   left join polyflow.task_wait wait on wait.task_instance_id = ti.task_instance_id
   order by ti.priority_weight desc, ti.run_after, ti.map_index, ti.task_instance_id`,
);
