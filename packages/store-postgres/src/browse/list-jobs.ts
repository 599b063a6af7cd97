import type { JobRecord } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/**
 * Parameters: how many workers. Result: components by name, then workers, newest first.
 * Components get the numbers 1 to 3; workers go on from there in the order in which they registered, since their rows are never removed.
 */
const LIST_JOBS = statement(
  "list_jobs",
  `select known.position::integer as id, known.name as kind, lease.holder as name, null::text as hostname, null::integer as slots,
          lease.acquired_at as "startDate", null::timestamptz as "endDate", heartbeat.at as "latestHeartbeat"
   from unnest(array['scheduler', 'dag_processor', 'triggerer']) with ordinality known (name, position)
   join polyflow.component_heartbeat heartbeat using (name)
   left join polyflow.leader_lease lease on lease.name = known.name
   union all
   (select (3 + row_number() over (order by registered_at, worker_session_id))::integer, 'worker', name, hostname, slots, registered_at,
           closed_at, last_heartbeat_at
    from polyflow.worker_session
    order by registered_at desc, worker_session_id desc
    limit $1)`,
);

type JobRow = { readonly [Column in keyof JobRecord]: JobRecord[Column] };

export async function listJobs({ database }: StoreContext, limit: number): Promise<readonly JobRecord[]> {
  return database.query<JobRow>(LIST_JOBS, [limit]);
}
